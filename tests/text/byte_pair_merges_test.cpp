#include "text/byte_pair_merges.h"

#include <gtest/gtest.h>

#include "support/refusal.h"

namespace cxr {
namespace {

using Ids = std::vector<std::int32_t>;

const TokenIds kVocabulary = {{"a", 0}, {"b", 1}, {"c", 2}, {"ab", 3}, {"bc", 4}, {"abc", 5}, {"c.", 6}, {"abc.", 7}, {"?", 8}};

Ids encode(std::string_view word, const std::vector<Merge>& merges, const BytePairOptions& options = {}) {
  Ids ids;
  BytePairMerges(kVocabulary, merges, options, "merges.txt").encode(word, ids);
  return ids;
}

TEST(BytePairMerges, TheLowestRankComesFirst) {
  EXPECT_EQ(encode("abc", {{"a", "b", ""}, {"b", "c", ""}}), (Ids{3, 2}));
  EXPECT_EQ(encode("abc", {{"b", "c", ""}, {"a", "b", ""}}), (Ids{0, 4}));
  EXPECT_EQ(encode("ababc", {{"b", "c", ""}, {"a", "b", ""}, {"a", "bc", ""}}), (Ids{3, 5}));
  EXPECT_EQ(encode("", {}), Ids());
}

TEST(BytePairMerges, OfAPairThatComesTwiceTheLaterRankCounts) {
  EXPECT_EQ(encode("abc", {{"a", "b", ""}, {"b", "c", ""}, {"a", "b", ""}}), (Ids{0, 4}));
}

TEST(BytePairMerges, TheLastByteHasTheSuffix) {
  EXPECT_EQ(encode("abc", {{"a", "b", ""}, {"ab", "c.", ""}}, {.end_of_word_suffix = "."}), (Ids{7}));
  EXPECT_EQ(encode("cc", {}, {.end_of_word_suffix = "."}), (Ids{2, 6}));
}

TEST(BytePairMerges, AByteThatTheVocabularyLacks) {
  EXPECT_EQ(encode("axxb", {{"a", "b", ""}}), (Ids{3})); // is left out, as the reference leaves it out
  EXPECT_EQ(encode("axxb", {{"a", "b", ""}}, {.unknown = 8}), (Ids{0, 8, 8, 1}));
  EXPECT_EQ(encode("xxaxx", {}, {.unknown = 8, .fuse_unknown = true}), (Ids{8, 0, 8}));
}

TEST(BytePairMerges, MergesAreOfTokensAndMakeTokens) {
  EXPECT_EQ(test::refusal([] {
              encode("a", {{"a", "q", "line 7"}});
            }),
            "merges.txt: line 7: expected tokens of the vocabulary, found \"q\", which is none");
  EXPECT_EQ(test::refusal([] {
              encode("a", {{"c", "a", "line 7"}});
            }),
            "merges.txt: line 7: expected tokens of the vocabulary, found \"ca\", which is none");
}

} // namespace
} // namespace cxr
