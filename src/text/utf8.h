/// @file
/// UTF-8, read code point by code point.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace cxr::utf8 {

inline bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

/// The text with U+FFFD in place of each maximal ill-formed sequence, as Python's errors="replace" has it: what starts like a
/// character and breaks off is one, each byte that no character starts with is one, and so is each byte of a surrogate.
std::string replace_invalid(std::string_view text);

/// The code point that begins at byte `at`, which moves behind it. The text is valid UTF-8.
inline char32_t next(std::string_view text, std::size_t& at) {
  const auto byte = [&] { return static_cast<unsigned char>(text[at++]); };
  const char32_t first = byte();
  if (first < 0x80) return first;
  int more = first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
  char32_t code_point = first & (0x3f >> more);
  while (more-- > 0) code_point = code_point << 6 | (byte() & 0x3f);
  return code_point;
}

/// The code point that ends before byte `end`, which moves to its start. The text is valid UTF-8.
inline char32_t previous(std::string_view text, std::size_t& end) {
  do --end;
  while ((static_cast<unsigned char>(text[end]) & 0xc0) == 0x80);
  auto at = end;
  return next(text, at);
}

void append(std::string& text, char32_t code_point);

} // namespace cxr::utf8
