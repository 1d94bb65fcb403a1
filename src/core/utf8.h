/// @file
/// Whether bytes are UTF-8 (RFC 3629), and how many code points they make.
#pragma once

#include <cstdint>
#include <string_view>

namespace cxr {

/// Whether `text` is UTF-8: no overlong forms, no surrogates, nothing above U+10FFFF.
bool is_utf8(std::string_view text);

/// The number of code points of `text`, which is UTF-8.
std::int64_t count_code_points(std::string_view text);

} // namespace cxr
