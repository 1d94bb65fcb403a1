#include "text/utf8.h"

#include <gtest/gtest.h>

namespace cxr {
namespace {

TEST(Utf8, ReplacesAsPythonDoes) {
  // Python: bytes.decode("utf-8", "replace")
  const std::pair<std::string, std::string> cases[] = {
      {"a\xff"
       "b",
       "a?b"},
      {"\xe2\x82", "?"}, // breaks off
      {"\xe2\x82x\xe2", "?x?"},
      {"\xed\xa0\x80", "???"},      // a surrogate
      {"\xc0\xaf", "??"},           // overlong
      {"\xf0\x80\x80\x80", "????"}, // overlong
      {"\xf4\x90\x80\x80", "????"}, // beyond the last code point
      {"\xf0\x9f\x91", "?"},
      {"\x80\xbf", "??"},
  };
  for (const auto& [bytes, expected] : cases) {
    std::string marked;
    for (const char c : expected) marked += c == '?' ? "\xef\xbf\xbd" : std::string(1, c);
    EXPECT_EQ(utf8::replace_invalid(bytes), marked) << bytes;
  }
}

TEST(Utf8, ReadsBothWays) {
  const std::u32string characters = U"a\u00e9\u6f22\U0001f469";
  std::string text;
  for (const auto c : characters) utf8::append(text, c);
  std::size_t at = 0, end = text.size();
  for (const auto c : characters) EXPECT_EQ(utf8::next(text, at), c);
  EXPECT_EQ(at, text.size());
  for (auto i = std::ssize(characters) - 1; i >= 0; --i)
    EXPECT_EQ(utf8::previous(text, end), characters[static_cast<std::size_t>(i)]);
  EXPECT_EQ(end, 0U);
}

} // namespace
} // namespace cxr
