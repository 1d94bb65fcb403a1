/// @file
/// The bytes of byte-level vocabularies and the words of GPT-2. Reference: tokenizers, src/pre_tokenizers/byte_level.rs.
#pragma once

#include <array>
#include <string>
#include <string_view>

namespace cxr {

/// The character by which byte-level vocabularies write each byte, in UTF-8.
const std::array<std::string, 256>& byte_characters();

/// What characters are to the words' patterns: `\s`, `\p{L}`, `\p{N}` and none of them.
enum class CharacterClass { kSpace, kLetter, kNumber, kOther };
CharacterClass character_class(char32_t c);

/// Past the longest run of characters of one class from byte `at` on.
std::size_t end_of_run(std::string_view text, std::size_t at, CharacterClass kind);

/// The length of `'s|'t|'re|'ve|'m|'ll|'d` at the text's start, 0 if it starts otherwise.
std::size_t contraction_length(std::string_view text);

/// Past the word that begins at byte `at`, which is before the end:
/// `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`.
std::size_t end_of_gpt2_word(std::string_view text, std::size_t at);

} // namespace cxr
