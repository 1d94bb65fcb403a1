#include "text/added_tokens.h"

#include <gtest/gtest.h>

namespace cxr {
namespace {

// "text" of pieces between tokens, "text=id" of tokens, with bars between.
std::string split(const AddedTokens& tokens, std::string_view text) {
  std::vector<AddedTokens::Piece> pieces = {{"left over", 1}};
  tokens.split(text, pieces);
  std::string line;
  for (const auto& piece : pieces) line += fmt::format("{}{}|", piece.text, piece.id < 0 ? "" : fmt::format("={}", piece.id));
  return line;
}

TEST(AddedTokens, TheLeftmostThenLongestIsFound) {
  const AddedTokens tokens({{.content = "<a", .id = 1}, {.content = "<ab>", .id = 2}, {.content = "b>", .id = 3}});
  EXPECT_EQ(split(tokens, "x<ab>y"), "x|<ab>=2|y|");
  EXPECT_EQ(split(tokens, "<ab"), "<a=1|b|");
  EXPECT_EQ(split(tokens, "b><a"), "b>=3|<a=1|");
  EXPECT_EQ(split(tokens, ""), "");
  EXPECT_EQ(split(AddedTokens(), "<a"), "<a|");
}

TEST(AddedTokens, ASingleWordStandsAlone) {
  const AddedTokens tokens({{.content = "XR", .id = 1, .single_word = true}});
  EXPECT_EQ(split(tokens, "XR XRs aXR (XR)"), "XR=1| XRs aXR (|XR=1|)|");
  EXPECT_EQ(split(tokens, "XRXR"), "XRXR|");
  EXPECT_EQ(split(tokens, "XR\u00e9 XR\u20ac"), "XR\u00e9 |XR=1|\u20ac|");
}

TEST(AddedTokens, BlanksGoAlong) {
  const AddedTokens tokens({{.content = "<l>", .id = 1, .lstrip = true}, {.content = "<r>", .id = 2, .rstrip = true}});
  EXPECT_EQ(split(tokens, "a \u3000<l> b"), "a| \u3000<l>=1| b|");
  EXPECT_EQ(split(tokens, "a <r>\t b"), "a |<r>\t =2|b|");
  EXPECT_EQ(split(tokens, "<r>  <l>"), "<r>  =2|<l>=1|"); // what one took, the other cannot
}

TEST(AddedTokens, OfEqualContentsTheFirstCounts) {
  EXPECT_EQ(split(AddedTokens({{.content = "a", .id = 1}, {.content = "a", .id = 2}, {.content = "", .id = 3}}), "ba"), "b|a=1|");
}

} // namespace
} // namespace cxr
