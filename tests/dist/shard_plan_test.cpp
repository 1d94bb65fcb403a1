#include "dist/shard_plan.h"

#include <gmock/gmock.h>

#include "core/error.h"

namespace cxr {
namespace {

using Batches = std::vector<Batch>;

TEST(WholeBatches, CoverAllSamplesAndOnlyTheLastIsShort) {
  EXPECT_EQ(whole_batches(10, 4), (Batches{{0, 4}, {4, 4}, {8, 2}}));
  EXPECT_EQ(whole_batches(8, 4), (Batches{{0, 4}, {4, 4}}));
  EXPECT_EQ(whole_batches(3, 4), (Batches{{0, 3}}));
  EXPECT_TRUE(whole_batches(0, 4).empty());
  EXPECT_THROW(whole_batches(3, 0), LogicError);
}

TEST(Unfinished, KeepsBatchesWithASampleToDo) {
  std::vector<bool> done(10, true);
  EXPECT_TRUE(unfinished(whole_batches(10, 4), done).empty());
  done[5] = false;
  EXPECT_EQ(unfinished(whole_batches(10, 4), done), (Batches{{4, 4}}));
  done[9] = false;
  EXPECT_EQ(unfinished(whole_batches(10, 4), done), (Batches{{4, 4}, {8, 2}}));
  EXPECT_THROW(unfinished(whole_batches(11, 4), done), LogicError);
}

TEST(Deal, GivesEachBatchToOneRank) {
  const auto batches = whole_batches(23, 2);
  for (int ranks = 1; ranks <= 14; ++ranks) { // more ranks than batches, too
    Batches all;
    for (int rank = 0; rank < ranks; ++rank) {
      const auto mine = deal(batches, rank, ranks);
      EXPECT_LE(mine.size(), batches.size() / static_cast<std::size_t>(ranks) + 1);
      EXPECT_TRUE(std::is_sorted(mine.begin(), mine.end(), [](Batch a, Batch b) { return a.begin < b.begin; }));
      all.insert(all.end(), mine.begin(), mine.end());
    }
    EXPECT_THAT(all, testing::UnorderedElementsAreArray(batches));
  }
  EXPECT_THROW(deal(batches, 2, 2), LogicError);
}

TEST(DealByCost, EvensOutTheWork) {
  const auto batches = whole_batches(60, 2);
  std::vector<std::int64_t> costs;
  for (std::int64_t i = 0; i < 30; ++i) costs.push_back(i < 27 ? 10 + i : 200); // three long ones that cards would give to one rank
  std::vector<std::int64_t> loads;
  Batches all;
  for (int rank = 0; rank < 3; ++rank) {
    const auto mine = deal_by_cost(batches, costs, rank, 3);
    std::int64_t load = 0;
    for (const auto batch : mine) load += costs[static_cast<std::size_t>(batch.begin / 2)];
    loads.push_back(load);
    EXPECT_TRUE(std::is_sorted(mine.begin(), mine.end(), [](Batch a, Batch b) { return a.begin < b.begin; }));
    all.insert(all.end(), mine.begin(), mine.end());
  }
  EXPECT_THAT(all, testing::UnorderedElementsAreArray(batches));
  EXPECT_LE(*std::ranges::max_element(loads) - *std::ranges::min_element(loads), 12); // the least cost decides: 10 to 12
  EXPECT_THROW(deal_by_cost(batches, {1}, 0, 2), LogicError);
}

} // namespace
} // namespace cxr
