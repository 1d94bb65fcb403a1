/// @file
/// What the Rust tokenizers (0.23) know of characters. Their libraries carry Unicode tables of several versions; here they are
/// ICU's, narrowed or widened to the same version, so that any ICU from 72 on gives the same answers (docs/models.md).
#pragma once

#include <string>
#include <string_view>

namespace cxr::unicode {

/// The property White_Space: `\s` of every regular expression, and char::is_whitespace.
bool is_space(char32_t c);

// Unicode 16, as Oniguruma and the regex crate have it.
bool is_letter(char32_t c);         ///< `\p{L}`
bool is_number(char32_t c);         ///< `\p{N}`
bool is_word_character(char32_t c); ///< `\w`: alphabetic, a mark, a decimal digit, connecting punctuation or a joiner

// Unicode 8, as the crate unicode_categories has it: what was assigned later belongs to no category.
bool is_punctuation(char32_t c);     ///< P and the ASCII symbols
bool is_nonspacing_mark(char32_t c); ///< Mn
bool is_other(char32_t c);           ///< Cc, Cf, Co

/// What one character is in lower case, whatever stands around it (Unicode 17, char::to_lowercase): one or two code points.
void append_lower(std::string& text, char32_t c);

/// Canonical composition and decomposition (Unicode 9, unicode-normalization-alignments).
std::string nfc(std::string_view text);
std::string nfd(std::string_view text);

} // namespace cxr::unicode
