// Every rank runs these tests; a rank that fails makes mpirun fail.
#include <chrono>
#include <csignal>
#include <thread>
#include <cstdlib>

#include <gmock/gmock.h>
#include <unistd.h>

#include "core/log.h"
#include "dist/heartbeat.h"
#include "dist/mpi_session.h"
#include "dist/watchdog.h"

namespace cxr {
namespace {

TEST(MpiCommunicator, KnowsTheRanksThatTheLauncherStarted) {
  EXPECT_EQ(world().size(),
            std::atoi(std::getenv("OMPI_COMM_WORLD_SIZE") ? std::getenv("OMPI_COMM_WORLD_SIZE") : std::getenv("PMI_SIZE")));
  EXPECT_EQ(world().local_size(), world().size()); // tests run on one node
  EXPECT_EQ(world().local_rank(), world().rank());
  EXPECT_EQ(world().is_root(), world().rank() == 0);
}

TEST(MpiCommunicator, BroadcastsFromAnyRank) {
  for (int root = 0; root < world().size(); ++root) {
    const auto mine = std::string(static_cast<std::size_t>(world().rank()) * 1000, 'x') + std::to_string(world().rank());
    const auto expected = std::string(static_cast<std::size_t>(root) * 1000, 'x') + std::to_string(root);
    EXPECT_EQ(world().broadcast(mine, root), expected);
  }
  EXPECT_EQ(world().broadcast(""), "");
}

TEST(MpiCommunicator, GathersInRankOrder) {
  const auto all = world().all_gather(std::string(static_cast<std::size_t>(world().rank()), '!') + std::string("\0z", 2));
  ASSERT_EQ(static_cast<int>(all.size()), world().size());
  for (std::size_t rank = 0; rank < all.size(); ++rank) EXPECT_EQ(all[rank], std::string(rank, '!') + std::string("\0z", 2));
}

TEST(MpiCommunicator, TakesTheLargest) {
  EXPECT_EQ(world().all_reduce_max(world().rank()), world().size() - 1);
  EXPECT_EQ(world().all_reduce_max(-(std::int64_t{1} << 40) - world().rank()), -(std::int64_t{1} << 40));
  world().barrier();
}

TEST(MpiCommunicator, AddsElementByElement) {
  const int ranks = world().size(), rank = world().rank();
  const auto sums = world().all_reduce_sum({1, static_cast<double>(rank), 0.1 * rank});
  double tenths = 0;
  for (int i = 0; i < ranks; ++i) tenths += 0.1 * i; // in rank order, to the bit
  EXPECT_THAT(sums, testing::ElementsAre(ranks, ranks * (ranks - 1) / 2, tenths));
  EXPECT_TRUE(world().all_reduce_sum({}).empty());
}

// Not one of the tests that all must pass: it ends all ranks, as CMakeLists.txt expects.
TEST(Watchdog, DISABLED_EndsTheRanksOfOneThatHangs) {
  Watchdog watchdog(std::chrono::milliseconds(500));
  watchdog.feed("step 17");
  if (world().rank() == 1) std::raise(SIGSTOP);
  world().barrier();
}

// Without a watchdog, in a collective that knows of no time.
TEST(Heartbeat, DISABLED_EndsTheRanksOfOneThatIsStopped) {
  if (world().rank() == 1) std::raise(SIGSTOP);
  world().barrier();
}

// When its work is done and MPI has ended.
TEST(Heartbeat, DISABLED_EndsARankThatIsStoppedInItsLastMoments) {
  if (world().rank() == 1) std::atexit([] { std::raise(SIGSTOP); });
}

// Others end long before it: they wait.
TEST(Heartbeat, DISABLED_WaitsForARankThatStillWorks) {
  if (world().rank() != 1) return;
  for (int i = 0; i < 50; ++i) std::this_thread::sleep_for(heartbeat_limit() / 10);
}

// Its beats go on; its work waits in one system call.
TEST(Heartbeat, DISABLED_EndsTheRanksOfOneThatHangs) {
  if (world().rank() == 1) ::pause();
  world().barrier();
}

TEST(Heartbeat, EndsWithTheOthersBeats) {
  if (world().size() == 1) GTEST_SKIP() << "one rank has none to watch";
  for (int i = 0; i < 3; ++i) {
    const Heartbeat heartbeat(std::chrono::milliseconds(2000), [](int rank, std::chrono::milliseconds) {
      ADD_FAILURE() << "rank " << rank << " was taken for silent";
    });
    if (world().rank() == i % world().size()) std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
}

} // namespace
} // namespace cxr
