/// @file
/// A text file that people write: one item a line.
#pragma once

#include <string>
#include <vector>

#include "io/mapped_file.h"

namespace cxr {

struct TextLine {
  std::int64_t number; ///< from 1
  std::string text;

  std::string place() const { return fmt::format("line {}", number); }
};

/// The lines that are not blank, whatever ends them (LF or CRLF).
/// @param item what a line holds, "a prompt"  @throws InputError for a line that is no UTF-8 or has a U+0000, and where all are
/// blank
std::vector<TextLine> text_lines(const FileBytes& file, const std::string& item);

} // namespace cxr
