#include "text/byte_level.h"

#include <set>

#include <gtest/gtest.h>

namespace cxr {
namespace {

std::string words(std::string_view text) {
  std::string line;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = end_of_gpt2_word(text, at);
    if (end <= at) return "stuck";
    line += std::string(text.substr(at, end - at)) + "|";
    at = end;
  }
  return line;
}

TEST(ByteLevel, EachByteHasACharacterOfItsOwn) {
  const auto& characters = byte_characters();
  EXPECT_EQ(std::set<std::string>(characters.begin(), characters.end()).size(), 256U);
  EXPECT_EQ(characters['a'], "a");
  EXPECT_EQ(characters[' '], "\u0120");
  EXPECT_EQ(characters['\n'], "\u010a");
  EXPECT_EQ(characters[0xad], "\u0143");
  EXPECT_EQ(characters[0xff], "\u00ff");
}

// Expected: the pattern under Oniguruma, by pre_tokenizers.ByteLevel(add_prefix_space=False).
TEST(ByteLevel, WordsAreGpt2s) {
  EXPECT_EQ(words("it's  we'll 'S 's"), "it|'s| | we|'ll| '|S| '|s|");
  EXPECT_EQ(words("a   b "), "a|  | b| |");
  EXPECT_EQ(words(" \t\nx  "), " \t|\n|x|  |");
  EXPECT_EQ(words("3.5cm 10%"), "3|.|5|cm| 10|%|");
  EXPECT_EQ(words("\u6f22\u5b57 \u00e9\u0301\u00bd\u3000x"), "\u6f22\u5b57| \u00e9|\u0301|\u00bd|\u3000|x|");
  EXPECT_EQ(words("\u3000\u3000x"), "\u3000|\u3000|x|");
}

} // namespace
} // namespace cxr
