#include "text/byte_level.h"

#include "text/unicode.h"
#include "text/utf8.h"

namespace cxr {
namespace {

// Printable bytes stand for themselves, the others for the characters from U+0100 on.
std::array<std::string, 256> make_byte_characters() {
  const auto is_printable = [](char32_t b) { return (b >= '!' && b <= '~') || (b >= 0xa1 && b <= 0xac) || b >= 0xae; };
  std::array<std::string, 256> characters;
  char32_t next = 0x100;
  for (char32_t byte = 0; byte < 256; ++byte) utf8::append(characters[byte], is_printable(byte) ? byte : next++);
  return characters;
}

CharacterClass ascii_class(char32_t c) {
  if (c == ' ' || (c >= '\t' && c <= '\r')) return CharacterClass::kSpace;
  if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) return CharacterClass::kLetter;
  return c >= '0' && c <= '9' ? CharacterClass::kNumber : CharacterClass::kOther;
}

// `\s+(?!\S)|\s+`: all the blanks before the end, else all but the last one, else that one.
std::size_t end_of_blanks(std::string_view text, std::size_t at) {
  const auto end = end_of_run(text, at, CharacterClass::kSpace);
  if (end == text.size()) return end;
  auto last = end;
  utf8::previous(text, last);
  return last > at ? last : end;
}

} // namespace

const std::array<std::string, 256>& byte_characters() {
  static const auto characters = make_byte_characters();
  return characters;
}

CharacterClass character_class(char32_t c) {
  if (c < 0x80) return ascii_class(c);
  if (unicode::is_letter(c)) return CharacterClass::kLetter;
  if (unicode::is_number(c)) return CharacterClass::kNumber;
  return unicode::is_space(c) ? CharacterClass::kSpace : CharacterClass::kOther;
}

std::size_t end_of_run(std::string_view text, std::size_t at, CharacterClass kind) {
  while (at < text.size()) {
    auto after = at;
    if (character_class(utf8::next(text, after)) != kind) break;
    at = after;
  }
  return at;
}

std::size_t contraction_length(std::string_view text) {
  if (!text.starts_with('\'')) return 0;
  for (const std::string_view word : {"'s", "'t", "'re", "'ve", "'m", "'ll", "'d"}) {
    if (text.starts_with(word)) return word.size();
  }
  return 0;
}

std::size_t end_of_gpt2_word(std::string_view text, std::size_t at) {
  if (const auto length = contraction_length(text.substr(at)); length > 0) return at + length;
  const auto start = text[at] == ' ' && at + 1 < text.size() ? at + 1 : at;
  auto after = start;
  const auto kind = character_class(utf8::next(text, after));
  return kind == CharacterClass::kSpace ? end_of_blanks(text, at) : end_of_run(text, after, kind);
}

} // namespace cxr
