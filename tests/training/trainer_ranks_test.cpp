// Trainings on several ranks: every rank runs these tests; a rank that fails makes mpirun fail.
#include <gmock/gmock.h>

#include "core/error.h"
#include "core/log.h"
#include "dist/mpi_session.h"
#include "support/temporary_folder.h"
#include "support/throws.h"
#include "support/tolerance.h"
#include "training/loss_log.h"
#include "training/toy_training.h"

namespace cxr {
namespace {

using test::toy_options;
using test::ToyObjective;
using testing::HasSubstr;

class TrainerRanks : public testing::Test {
 protected:
  /// Rank 0's folder goes with its test: not before the others have read it.
  void TearDown() override { world().barrier(); }

  /// Rank 0's folder, on all ranks.
  std::filesystem::path folder() { return world().broadcast(mine_.path().string()); }

  /// A whole training on all ranks. @return its folder
  std::filesystem::path train(const std::string& run, const TrainerOptions& options, ToyObjective objective = ToyObjective()) {
    const auto path = folder() / run;
    test::train_toy(path, world(), options, std::move(objective));
    world().barrier();
    return path;
  }

 private:
  test::TemporaryFolder mine_;
};

TEST_F(TrainerRanks, LoseWhatOneRankLoses) {
  auto options = toy_options();
  options.batch_size = 6;
  const auto alone = folder() / "alone";
  LocalCommunicator one;
  if (world().is_root()) test::train_toy(alone, one, options, ToyObjective());
  for (const std::int64_t accumulation : {1, 2, 6}) {
    options.accumulation = accumulation;
    const auto together = read_loss_log(train(fmt::format("in {} pieces", accumulation), options) / "loss.csv");
    const auto expected = read_loss_log(alone / "loss.csv");
    ASSERT_EQ(together.size(), 20U);
    for (std::size_t step = 0; step < together.size(); ++step) {
      EXPECT_NEAR(together[step].loss, expected[step].loss, 1e-6 * std::max(1., expected[0].loss)) << "step " << step;
    }
  }
}

TEST_F(TrainerRanks, WithAShardedOptimizerGiveTheSameBits) {
  auto options = toy_options();
  const auto whole = train("whole", options);
  options.shard_optimizer = true;
  const auto sharded = train("sharded", options);
  for (const auto* file : {"line.safetensors", "line_ema.safetensors", "loss.csv"})
    EXPECT_EQ(test::file_bytes(sharded / file), test::file_bytes(whole / file)) << file;
  EXPECT_TRUE(std::filesystem::exists(sharded / "checkpoints/step-00000020/rank-0001.safetensors"));
}

// Whatever a launch does once, at its first step (it lays out buckets), must not show in the bits: on three ranks a mean is
// rounded.
TEST_F(TrainerRanks, GoOnWithTheSameBits) {
  auto options = toy_options();
  const auto whole = test::toy_results(train("undisturbed", options));
  for (const std::int64_t launch : {3, 8, 14}) {
    const auto run = fmt::format("cut off after {}", launch);
    options.steps = launch;
    train(run, options);
    options.steps = 20;
    EXPECT_EQ(test::toy_results(train(run, options)), whole) << run;
  }
}

TEST_F(TrainerRanks, AllHearOfALossThatIsNotANumber) {
  const auto message = test::message_of<std::runtime_error>([&] { train("run", toy_options(), ToyObjective({}, 7)); });
  EXPECT_THAT(message, testing::AllOf(HasSubstr("step "), HasSubstr("point 7"))) << "rank " << world().rank();
}

TEST_F(TrainerRanks, MoreThanABatchHasSamplesAreRefused) {
  auto options = toy_options();
  options.batch_size = world().size() - 1;
  EXPECT_THAT(test::message_of<InputError>([&] { train("run", options); }), HasSubstr("--batch-size: expected at least"));
}

} // namespace
} // namespace cxr
