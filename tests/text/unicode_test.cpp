// The versions of Unicode that the Rust tokenizers (0.23) have, at characters whose answer depends on them.
// scripts/tokenizer_parity.py --code-points compares all of them.
#include "text/unicode.h"

#include <gtest/gtest.h>

#include "text/utf8.h"

namespace cxr {
namespace {

using namespace cxr::unicode;

std::string utf8_of(std::u32string_view characters) {
  std::string text;
  for (const auto c : characters) utf8::append(text, c);
  return text;
}

std::string lower(std::u32string_view characters) {
  std::string text;
  for (const auto c : characters) append_lower(text, c);
  return text;
}

TEST(Unicode, SpacesAreWhiteSpace) {
  for (const char32_t c : std::u32string_view(U"\t\n\v\f\r \u0085\u00a0\u1680\u2028\u3000"))
    EXPECT_TRUE(is_space(c)) << std::uint32_t{c};
  for (const char32_t c : std::u32string_view(U"\u001c\u200b\u200d\ufeffx")) EXPECT_FALSE(is_space(c)) << std::uint32_t{c};
}

TEST(Unicode, LettersAndNumbersAreThoseOfUnicode16) {
  EXPECT_TRUE(is_letter(U'\u00e9') && is_letter(U'\u6f22'));
  EXPECT_TRUE(is_letter(U'\u1c89') && is_letter(U'\U0002ebf0') && is_number(U'\U00010d40')); // 16, 15.1, 16
  EXPECT_FALSE(is_letter(U'\ua7ce') || is_letter(U'\U00016ea0'));                            // 17
  EXPECT_TRUE(is_number(U'\u00bd') && is_number(U'\u2167'));
  EXPECT_FALSE(is_letter(U'\u0378') || is_number(U'\u0378')); // unassigned
}

TEST(Unicode, WordCharactersAreAlphabeticMarksDigitsAndJoiners) {
  for (const char32_t c : std::u32string_view(U"a_9\u0301\u200d\u203f\u0897"))
    EXPECT_TRUE(is_word_character(c)) << std::uint32_t{c};
  for (const char32_t c : std::u32string_view(U"- \u00bd\u2019\u0378")) EXPECT_FALSE(is_word_character(c)) << std::uint32_t{c};
}

TEST(Unicode, CategoriesAreThoseOfUnicode8) {
  EXPECT_TRUE(is_punctuation(U'$') && is_punctuation(U'^') && is_punctuation(U'\u2014'));
  EXPECT_FALSE(is_punctuation(U'\u20ac') || is_punctuation(U'\u2e43')); // a currency; assigned in 9
  EXPECT_TRUE(is_punctuation(U'\u166d') && is_punctuation(U'\U000111c9'));
  EXPECT_TRUE(is_nonspacing_mark(U'\u0301') && is_nonspacing_mark(U'\u1734'));
  EXPECT_FALSE(is_nonspacing_mark(U'\u08d4') || is_nonspacing_mark(U'\u1885')); // assigned in 9; another category in 8
  EXPECT_TRUE(is_other(U'\u0001') && is_other(U'\u200d') && is_other(U'\ue000'));
  EXPECT_FALSE(is_other(U'\u0378') || is_other(U'\u08e2')); // unassigned; assigned in 9
}

TEST(Unicode, LowerCaseIsThatOfTheCharacterAlone) {
  EXPECT_EQ(lower(U"A\u00c9\u03a3\u1e9e"), utf8_of(U"a\u00e9\u03c3\u00df")); // no final sigma
  EXPECT_EQ(lower(U"\u0130"), utf8_of(U"i\u0307"));
  EXPECT_EQ(lower(U"\u1c89\U00016ea0"), utf8_of(U"\u1c8a\U00016ebb")); // 16, 17
}

TEST(Unicode, NormalisationIsThatOfUnicode9) {
  EXPECT_EQ(nfc(utf8_of(U"e\u0301 \u1100\u1161 \u212b")), utf8_of(U"\u00e9 \uac00 \u00c5"));
  EXPECT_EQ(nfd(utf8_of(U"\u00e9\uac00")), utf8_of(U"e\u0301\u1100\u1161"));
  EXPECT_EQ(nfd(utf8_of(U"a\u0301\u0334")), utf8_of(U"a\u0334\u0301")); // by combining class
  EXPECT_EQ(nfd(utf8_of(U"a\u1df8\u0334")), utf8_of(U"a\u1df8\u0334")); // assigned in 10: no class
  EXPECT_EQ(nfd(utf8_of(U"\U00011938")), utf8_of(U"\U00011938"));       // … in 13
}

} // namespace
} // namespace cxr
