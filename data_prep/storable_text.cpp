#include "data_prep/storable_text.h"

#include "text/utf8.h"

namespace cxr {

std::string storable(std::string_view text) {
  std::string kept;
  for (auto zero = text.find('\0'); zero != text.npos; zero = text.find('\0')) {
    kept += utf8::replace_invalid(text.substr(0, zero));
    utf8::append(kept, U'\uFFFD');
    text.remove_prefix(zero + 1);
  }
  return kept + utf8::replace_invalid(text);
}

bool is_blank(std::string_view text) {
  if (!text.empty() && text[0] > ' ') return false; // nearly every text
  return text.find_first_not_of(" \t\r\n\v\f") == text.npos;
}

} // namespace cxr
