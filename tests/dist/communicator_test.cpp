#include "dist/communicator.h"

#include <gmock/gmock.h>

namespace cxr {
namespace {

TEST(LocalCommunicator, IsOneRankWithANodeOfItsOwn) {
  const LocalCommunicator local;
  EXPECT_EQ(local.rank(), 0);
  EXPECT_EQ(local.size(), 1);
  EXPECT_EQ(local.local_rank(), 0);
  EXPECT_EQ(local.local_size(), 1);
  EXPECT_TRUE(local.is_root());
}

TEST(LocalCommunicator, CollectivesReturnWhatTheyWereGiven) {
  LocalCommunicator local;
  local.barrier();
  EXPECT_EQ(local.broadcast(std::string("a\0b", 3), 0), std::string("a\0b", 3));
  EXPECT_THAT(local.all_gather("mine"), testing::ElementsAre("mine"));
  EXPECT_EQ(local.all_reduce_max(-5), -5);
  EXPECT_THAT(local.all_reduce_sum({0.5, -2}), testing::ElementsAre(0.5, -2));
}

TEST(World, IsLocalWithoutAnMpiSession) {
  EXPECT_EQ(world().size(), 1);
  EXPECT_EQ(&world(), &world());
}

} // namespace
} // namespace cxr
