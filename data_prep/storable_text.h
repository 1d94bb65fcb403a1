/// @file
/// Bytes from elsewhere as texts that a set can hold (is_storable() of data/text_set_writer.h).
#pragma once

#include <string>
#include <string_view>

namespace cxr {

/// The text with U+FFFD for U+0000, and for what is no UTF-8 as Python's errors="replace" reads it.
std::string storable(std::string_view text);

/// Whether nothing can be read in a text: it is empty, or ASCII blanks.
bool is_blank(std::string_view text);

} // namespace cxr
