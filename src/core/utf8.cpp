#include "core/utf8.h"

#include <unicode/utf8.h>

#include <algorithm>

namespace cxr {

bool is_utf8(std::string_view text) {
  unsigned char all = 0; // a loop without an exit is vectorised, and most texts are ASCII
  for (const char c : text) all |= static_cast<unsigned char>(c);
  if (all < 0x80) return true;
  const auto size = static_cast<std::int64_t>(text.size());
  for (std::int64_t at = 0; at < size;) {
    UChar32 code_point = 0;
    U8_NEXT(reinterpret_cast<const std::uint8_t*>(text.data()), at, size, code_point);
    if (code_point < 0) return false;
  }
  return true;
}

std::int64_t count_code_points(std::string_view text) {
  return std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
}

} // namespace cxr
