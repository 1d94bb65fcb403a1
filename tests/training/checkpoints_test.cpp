#include "training/checkpoints.h"

#include <csignal>
#include <fstream>
#include <thread>

#include <sys/wait.h>
#include <unistd.h>

#include <gmock/gmock.h>

#include "core/error.h"
#include "support/file_bytes.h"
#include "support/file_size_limit.h"
#include "support/refusal.h"
#include "support/temporary_folder.h"
#include "support/thread_ranks.h"
#include "support/throws.h"
#include "support/tolerance.h"

namespace cxr {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* kRun = "identity of the run";

/// What one rank knows at a step.
StateDict tensors_at(std::int64_t step, int rank, std::int64_t numel = 50) {
  return {{fmt::format("of rank {}", rank), at::full(numel, 100. * static_cast<double>(step) + rank)}};
}

class CheckpointsTest : public testing::Test {
 protected:
  test::TemporaryFolder folder;
  fs::path path = folder / "checkpoints";
  LocalCommunicator alone;

  Checkpoints open(std::int64_t keep = 3) { return {path, kRun, keep, alone}; }

  void save(std::int64_t step, std::int64_t keep = 3) { open(keep).save(step, {{"note", step}}, tensors_at(step, 0)); }

  /// The newest step; -1 if there is none.
  std::int64_t newest() {
    const auto checkpoint = open().newest();
    if (!checkpoint) return -1;
    EXPECT_CLOSE(checkpoint->tensors.at("of rank 0"), tensors_at(checkpoint->step, 0).at("of rank 0"), 0);
    return checkpoint->step;
  }

  std::vector<std::string> names() {
    std::vector<std::string> found;
    for (const auto& entry : fs::directory_iterator(path)) found.push_back(entry.path().filename().string());
    std::ranges::sort(found);
    return found;
  }
};

TEST_F(CheckpointsTest, ReadBackOnAnyNumberOfRanks) {
  test::run_ranks(3, [&](Communicator& ranks) {
    Checkpoints(path, kRun, 1, ranks).save(400, {{"rate", 0.1}}, ranks.rank() == 1 ? StateDict() : tensors_at(400, ranks.rank()));
  });
  EXPECT_THAT(names(), ElementsAre("step-00000400"));
  for (const int readers : {1, 2, 4}) {
    test::run_ranks(readers, [&](Communicator& ranks) {
      const auto checkpoint = Checkpoints(path, kRun, 1, ranks).newest();
      ASSERT_TRUE(checkpoint);
      EXPECT_EQ(checkpoint->step, 400);
      EXPECT_EQ(checkpoint->facts, (nlohmann::json{{"rate", 0.1}}));
      ASSERT_EQ(checkpoint->tensors.size(), 2U);
      for (const int rank : {0, 2}) {
        const auto name = fmt::format("of rank {}", rank);
        EXPECT_CLOSE(checkpoint->tensors.at(name), tensors_at(400, rank).at(name), 0);
      }
    });
  }
}

TEST_F(CheckpointsTest, TheLastFewStay) {
  EXPECT_EQ(newest(), -1);
  for (const std::int64_t step : {1, 2, 30, 100'000'000}) save(step, 2);
  EXPECT_THAT(names(), ElementsAre("step-00000030", "step-100000000"));
  EXPECT_EQ(newest(), 100'000'000);
}

// A kill may come when the next one is there and the last is not yet removed.
TEST_F(CheckpointsTest, ThoseThatAKillLeftBesideItGoAtTheNextLaunch) {
  for (const int step : {1, 2, 3}) save(step);
  ASSERT_TRUE(open(1).newest());
  EXPECT_THAT(names(), ElementsAre("step-00000003"));
}

TEST_F(CheckpointsTest, OneThatIsSavedAgainIsReplaced) {
  save(7);
  const auto before = test::file_bytes(path / "step-00000007/rank-0000.safetensors");
  save(7);
  EXPECT_THAT(names(), ElementsAre("step-00000007"));
  EXPECT_EQ(test::file_bytes(path / "step-00000007/rank-0000.safetensors"), before);
  EXPECT_EQ(newest(), 7);
}

TEST_F(CheckpointsTest, ADamagedOneIsPassedOver) {
  const auto flip = [](const fs::path& file, std::ptrdiff_t at) {
    auto bytes = test::file_bytes(file);
    bytes.at(static_cast<std::size_t>(at)) ^= 1;
    test::put_bytes(file, bytes);
  };
  const auto newest_folder = path / "step-00000300", part = newest_folder / "rank-0000.safetensors",
             manifest = newest_folder / "manifest.json";
  const std::vector<std::function<void()>> damages = {
      [&] { flip(part, 150); },
      [&] { fs::resize_file(part, fs::file_size(part) - 1); },
      [&] { fs::remove(part); },
      [&] { fs::remove(manifest); },
      [&] { fs::resize_file(manifest, fs::file_size(manifest) / 2); },
      [&] { test::put_bytes(manifest, "[]"); },
      [&] { flip(manifest, static_cast<std::ptrdiff_t>(test::file_bytes(manifest).find("\"note\": 300") + 8)); }, // 200
  };
  for (std::size_t i = 0; i < damages.size(); ++i) {
    save(200);
    save(300);
    ASSERT_EQ(newest(), 300);
    damages[i]();
    EXPECT_EQ(newest(), 200) << "damage " << i;
  }
  save(250, 1); // a run that went on from 200 with other intervals: what lies ahead was of no use
  EXPECT_THAT(names(), ElementsAre("step-00000250"));
}

TEST_F(CheckpointsTest, DamagedOnesAloneAreNotWrittenOver) {
  save(200);
  fs::resize_file(path / "step-00000200/rank-0000.safetensors", 20);
  EXPECT_THAT(test::message_of<std::runtime_error>([&] { newest(); }), testing::HasSubstr("none of 1 checkpoints is whole"));
  EXPECT_THAT(names(), ElementsAre("step-00000200"));
}

TEST_F(CheckpointsTest, AllRanksPassOverWhatOneFindsDamaged) {
  test::run_ranks(2, [&](Communicator& ranks) {
    Checkpoints checkpoints(path, kRun, 2, ranks);
    for (const std::int64_t step : {1, 2}) checkpoints.save(step, {}, tensors_at(step, ranks.rank()));
    if (ranks.rank() == 1) fs::resize_file(path / "step-00000002/rank-0001.safetensors", 20);
    ranks.barrier();
    EXPECT_EQ(checkpoints.newest()->step, 1) << "rank " << ranks.rank();
  });
}

TEST_F(CheckpointsTest, AFullDiskOfOneRankIsToldToAllAndLeavesTheEarlier) {
  std::array<std::string, 2> told;
  test::run_ranks(2, [&](Communicator& ranks) {
    Checkpoints checkpoints(path, kRun, 2, ranks);
    checkpoints.save(1, {}, tensors_at(1, ranks.rank()));
    ranks.barrier();
    std::optional<test::FileSizeLimit> disk; // of the process: two would be taken back in any order, and one stay
    if (ranks.is_root()) disk.emplace(10'000);
    ranks.barrier();
    const auto save = [&] { checkpoints.save(2, {}, tensors_at(2, ranks.rank(), ranks.rank() == 1 ? 5000 : 5)); };
    told[static_cast<std::size_t>(ranks.rank())] = test::message_of<std::runtime_error>(save);
    ranks.barrier();
  });
  EXPECT_THAT(told[0], AllOf(HasSubstr("rank 1: "), HasSubstr("rank-0001.safetensors"), HasSubstr("too large")));
  EXPECT_THAT(told[1], HasSubstr("rank-0001.safetensors: cannot write"));
  EXPECT_THAT(names(), ElementsAre("step-00000001"));
  EXPECT_EQ(newest(), 1);
}

TEST_F(CheckpointsTest, AnotherRunsIsRefused) {
  save(5);
  Checkpoints other(path, "another", 1, alone);
  EXPECT_THAT(test::refusal([&] { other.newest(); }),
              AllOf(HasSubstr("manifest.json: identity"), HasSubstr("found \"identity of")));
}

// A process that does nothing but save, killed at any instant: it leaves a whole checkpoint, no older than what it found.
TEST_F(CheckpointsTest, AKilledProcessLeavesAWholeOne) {
  constexpr std::int64_t kNumel = 20'000; // too few for a second thread: a forked process has none
  open().save(1, {}, tensors_at(1, 0, kNumel));
  std::int64_t before = 1;
  for (const int milliseconds : {3, 8, 14, 19, 27, 33}) {
    const auto pid = ::fork();
    if (pid == 0) {
      auto checkpoints = open(2);
      for (auto step = before + 1;; ++step) checkpoints.save(step, {}, tensors_at(step, 0, kNumel));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
    const auto checkpoint = open().newest();
    ASSERT_TRUE(checkpoint);
    EXPECT_GE(checkpoint->step, before);
    EXPECT_CLOSE(checkpoint->tensors.at("of rank 0"), tensors_at(checkpoint->step, 0, kNumel).at("of rank 0"), 0);
    for (const auto& name : names()) EXPECT_THAT(name, testing::Not(HasSubstr(".tmp-")));
    before = checkpoint->step;
  }
  EXPECT_GT(before, 1); // some were saved
}

} // namespace
} // namespace cxr
