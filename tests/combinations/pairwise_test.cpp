#include "combinations/pairwise.h"

#include <set>

#include <gmock/gmock.h>

namespace cxr::combinations {
namespace {

using Pair = std::array<int, 4>;

std::set<Pair> pairs_of(const std::vector<Row>& rows) {
  std::set<Pair> pairs;
  for (const auto& row : rows) {
    for (int f = 0; f < static_cast<int>(row.size()); ++f) {
      for (int g = f + 1; g < static_cast<int>(row.size()); ++g)
        pairs.insert({f, row[static_cast<std::size_t>(f)], g, row[static_cast<std::size_t>(g)]});
    }
  }
  return pairs;
}

bool anything(const Row&) { return true; }

TEST(PairwiseRows, HaveEveryPairInFewRows) {
  const std::vector<int> values = {2, 3, 1, 4, 2, 2, 3, 2, 2, 2, 3, 5};
  const auto found = pairwise_rows(values, anything, 1);
  std::size_t pairs = 0;
  for (std::size_t f = 0; f < values.size(); ++f) {
    for (std::size_t g = f + 1; g < values.size(); ++g) pairs += static_cast<std::size_t>(values[f] * values[g]);
  }
  EXPECT_EQ(pairs_of(found.rows).size(), pairs);
  EXPECT_EQ(static_cast<std::size_t>(found.pairs), pairs);
  EXPECT_EQ(found.impossible, 0);
  EXPECT_LE(found.rows.size(), 30u); // 20 is the least: 5 values of one factor by 4 of another
}

TEST(PairwiseRows, HaveNothingThatIsForbidden) {
  // The first two factors are never both 1; the third is 0 wherever the first is 1.
  const auto is_allowed = [](const Row& row) { return !(row[0] == 1 && (row[1] == 1 || row[2] == 1)); };
  const auto found = pairwise_rows({2, 2, 2, 3}, is_allowed, 2);
  for (const auto& row : found.rows) EXPECT_TRUE(is_allowed(row));
  EXPECT_EQ(found.pairs, 4 + 4 + 6 + 4 + 6 + 6 - 2);
  EXPECT_EQ(static_cast<std::int64_t>(pairs_of(found.rows).size()), found.pairs);
}

TEST(PairwiseRows, TellPairsThatNoRowCanHave) {
  // Each two may stand together, but not all three: with the third there is no value left for the first.
  const auto is_allowed = [](const Row& row) { return !(row[1] == 1 && row[2] == 1 && row[0] != kOpen); };
  EXPECT_EQ(pairwise_rows({1, 2, 2}, is_allowed, 3).impossible, 1);
}

TEST(PairwiseRows, AreTheSameForTheSameSeed) {
  EXPECT_EQ(pairwise_rows({3, 3, 3, 2}, anything, 5).rows, pairwise_rows({3, 3, 3, 2}, anything, 5).rows);
}

TEST(RandomRow, HasEveryValueSomeTimes) {
  std::set<int> seen;
  for (std::uint64_t seed = 0; seed < 100; ++seed) seen.insert(random_row({4, 2}, anything, seed)[0]);
  EXPECT_EQ(seen.size(), 4u);
}

} // namespace
} // namespace cxr::combinations
