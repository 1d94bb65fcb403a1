#include "dist/rank_threads.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace cxr {
namespace {

TEST(RankThreads, AreTheRanksShareUnlessAsked) {
  class FourOnANode final : public Communicator {
   public:
    int rank() const override { return 1; }
    int size() const override { return 4; }
    int local_rank() const override { return 1; }
    int local_size() const override { return 4; }
    void barrier() override {}
    std::string broadcast(std::string bytes, int) override { return bytes; }
    std::vector<std::string> all_gather(const std::string& bytes) override { return {bytes}; }
    std::int64_t all_reduce_max(std::int64_t value) override { return value; }
    std::vector<double> all_reduce_sum(std::vector<double> values) override { return values; }
  } ranks;
  EXPECT_EQ(rank_threads(7, ranks), 7);
  EXPECT_GE(rank_threads(0, ranks), 1);
  EXPECT_LE(rank_threads(0, ranks), std::max(rank_threads(0, LocalCommunicator()) / 4, 1));
}

} // namespace
} // namespace cxr
