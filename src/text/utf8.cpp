#include "text/utf8.h"

#include <unicode/utf8.h>

namespace cxr::utf8 {

std::string replace_invalid(std::string_view text) {
  std::string valid;
  valid.reserve(text.size());
  const auto size = static_cast<std::int64_t>(text.size());
  for (std::int64_t at = 0; at < size;) {
    UChar32 code_point = 0;
    U8_NEXT_OR_FFFD(reinterpret_cast<const std::uint8_t*>(text.data()), at, size, code_point);
    append(valid, static_cast<char32_t>(code_point));
  }
  return valid;
}

void append(std::string& text, char32_t code_point) {
  std::array<std::uint8_t, U8_MAX_LENGTH> bytes;
  std::size_t length = 0;
  U8_APPEND_UNSAFE(bytes, length, static_cast<UChar32>(code_point));
  text.append(reinterpret_cast<const char*>(bytes.data()), length);
}

} // namespace cxr::utf8
