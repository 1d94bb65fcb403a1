#include "text/clip_tokenizer.h"

#include "text/byte_level.h"
#include "text/unicode.h"
#include "text/utf8.h"

namespace cxr {
namespace {

// One blank for each run of blanks, and lower case.
std::string tidy(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  bool after_blank = false;
  for (std::size_t at = 0; at < text.size();) {
    const auto c = utf8::next(text, at);
    const bool is_blank = character_class(c) == CharacterClass::kSpace;
    if (!is_blank && c < 0x80) {
      result += static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    } else if (!is_blank) {
      unicode::append_lower(result, c);
    } else if (!after_blank) {
      result += ' ';
    }
    after_blank = is_blank;
  }
  return result;
}

// `<\|startoftext\|>|<\|endoftext\|>` at the text's start: its length, or 0.
std::size_t special_spelling_length(std::string_view text) {
  for (const std::string_view spelling : {"<|startoftext|>", "<|endoftext|>"}) {
    if (text.starts_with(spelling)) return spelling.size();
  }
  return 0;
}

} // namespace

ClipTokenizer::ClipTokenizer(const TokenizerSpec& spec)
    : WordTokenizer(spec),
      merges_(spec.vocabulary, spec.merges, spec.byte_pairs, spec.merges_file),
      keeps_special_spelling_(spec.byte_pairs.keeps_special_spelling) {
  set_added_tokens(spec.added);
}

std::string_view ClipTokenizer::normalise(std::string_view text, std::string& storage) const {
  storage = utf8::is_ascii(text) ? tidy(text) : tidy(unicode::nfc(text));
  return storage;
}

// `<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+`, each match split further by
// GPT-2's pattern, which tells only in the special spellings: their marks and letters are words apart.
void ClipTokenizer::split_words(std::string_view normalised, Words& words) const {
  for (std::size_t at = 0; at < normalised.size();) {
    const auto rest = normalised.substr(at);
    auto after = at;
    if (const auto length = keeps_special_spelling_ ? special_spelling_length(rest) : 0; length > 0) {
      words.add(rest.substr(0, 2));
      words.add(rest.substr(2, length - 4));
      words.add(rest.substr(length - 2, 2));
      at += length;
      continue;
    }
    if (const auto length = contraction_length(rest); length > 0) {
      after += length;
    } else {
      const auto kind = character_class(utf8::next(normalised, after));
      if (kind != CharacterClass::kNumber) after = end_of_run(normalised, after, kind);
      if (kind == CharacterClass::kSpace) {
        at = after;
        continue;
      }
    }
    words.add(normalised.substr(at, after - at));
    at = after;
  }
}

} // namespace cxr
