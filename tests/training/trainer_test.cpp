#include "training/trainer.h"

#include <gmock/gmock.h>

#include "core/error.h"
#include "core/log.h"
#include "support/refusal.h"
#include "support/temporary_folder.h"
#include "support/throws.h"
#include "training/toy_training.h"

namespace cxr {
namespace {

using test::toy_options;
using test::toy_results;
using test::ToyObjective;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class TrainerTest : public testing::Test {
 protected:
  TrainerTest() { log::set_quiet(true); }

  test::TemporaryFolder folder;
  LocalCommunicator alone;

  void train(const std::string& run, const TrainerOptions& options, ToyObjective objective = ToyObjective()) {
    test::train_toy(folder / run, alone, options, std::move(objective));
  }
  std::map<std::string, std::string> undisturbed() {
    train("undisturbed", toy_options());
    return toy_results(folder / "undisturbed");
  }
};

struct Stop {};

/// Ends the training like a crash when it is in step `at`.
ToyObjective stopping(std::int64_t at) {
  return ToyObjective([at](std::span<const Draw> draws) {
    if (draws[0].step == at) throw Stop{};
  });
}

/// Ends the training like a crash when it writes the result of this suffix.
ToyObjective failing_to_write(const std::string& suffix) {
  ToyObjective objective;
  objective.before_write = [suffix](const std::string& written) {
    if (written == suffix) throw Stop{};
  };
  return objective;
}

TEST_F(TrainerTest, Learns) {
  train("run", toy_options());
  const auto losses = test::file_bytes(folder / "run/loss.csv");
  EXPECT_EQ(std::ranges::count(losses, '\n'), 21); // with the header
  auto options = toy_options();
  options.steps = 200;
  train("run", options); // goes on
  const auto values = read_safetensors(folder / "run/line.safetensors");
  const auto slope = values.at("slope") * values.at("scale");
  EXPECT_LT((slope - 2).abs().max().item<double>(), 0.2); // the noise of the points is 0.1, from one draw to the next
}

TEST_F(TrainerTest, ACutOffTrainingEndsAsIfNothingHadBeen) {
  const auto expected = undisturbed();
  for (const std::int64_t step : {1, 3, 10, 19}) {
    const auto run = fmt::format("stopped in {}", step);
    EXPECT_THROW(train(run, toy_options(), stopping(step)), Stop);
    EXPECT_THROW(train(run, toy_options(), stopping(std::max<std::int64_t>(step, 15))), Stop); // and again
    train(run, toy_options());
    EXPECT_EQ(toy_results(folder / run), expected) << run;
  }
}

// A digit of the curve that became another digit is no number that was written.
TEST_F(TrainerTest, ALossFileThatWasDamagedIsNotCarriedOn) {
  EXPECT_THROW(train("run", toy_options(), stopping(15)), Stop);
  const auto file = folder / "run/loss.csv";
  const auto whole = test::file_bytes(file);
  auto damaged = whole;
  const auto digit = damaged.find_first_of("0123456789", damaged.find('\n') + 3);
  damaged[digit] = damaged[digit] == '1' ? '2' : '1';
  test::put_bytes(file, damaged);
  EXPECT_THAT(test::refusal([&] { train("run", toy_options()); }),
              AllOf(HasSubstr("loss.csv: steps 1 to"), HasSubstr("found others")));
  test::put_bytes(file, whole);
  train("run", toy_options());
  EXPECT_EQ(toy_results(folder / "run"), undisturbed());
}

// Killed after the last checkpoint: the result is still to be written, and a finished run's summary is not of it.
TEST_F(TrainerTest, OneThatWasKilledAtItsEndWritesItsResult) {
  const auto expected = undisturbed();
  auto options = toy_options();
  options.steps = 10;
  train("run", options);
  EXPECT_THROW(train("run", toy_options(), failing_to_write("")), Stop);
  train("run", toy_options());
  EXPECT_EQ(toy_results(folder / "run"), expected);
}

// What is written between the steps is there too where a launch was killed just then.
TEST_F(TrainerTest, CopiesOfTheResultAreNotMissed) {
  auto options = toy_options();
  options.write_every = 3; // with a checkpoint each
  EXPECT_THROW(train("run", options, failing_to_write("-steps-9")), Stop);
  train("run", options);
  for (const int steps : {3, 6, 9, 12, 15, 18}) {
    EXPECT_TRUE(std::filesystem::exists(folder / "run" / fmt::format("line-steps-{}.safetensors", steps))) << steps;
    EXPECT_TRUE(std::filesystem::exists(folder / "run" / fmt::format("line_ema-steps-{}.safetensors", steps))) << steps;
  }
}

TEST_F(TrainerTest, PiecesOfABatchChangeNothingButRounding) {
  train("whole", toy_options());
  auto options = toy_options();
  options.accumulation = 3;
  train("pieces", options);
  const auto whole = read_safetensors(folder / "whole/line.safetensors"),
             pieces = read_safetensors(folder / "pieces/line.safetensors");
  for (const auto& [name, value] : whole) EXPECT_TRUE(at::allclose(pieces.at(name), value, 1e-5, 1e-6)) << name;
}

TEST_F(TrainerTest, AFinishedTrainingIsLeftAlone) {
  const auto expected = undisturbed();
  train("undisturbed", toy_options(), stopping(0));
  EXPECT_EQ(toy_results(folder / "undisturbed"), expected);
}

TEST_F(TrainerTest, FewerStepsThanWereDoneAreRefused) {
  train("run", toy_options());
  auto options = toy_options();
  options.steps = 10;
  EXPECT_THAT(test::refusal([&] { train("run", options); }),
              AllOf(HasSubstr("--steps: expected at least 20"), HasSubstr("found 10")));
}

TEST_F(TrainerTest, ALossThatIsNotANumberStopsNamingStepAndSample) {
  const auto message = test::message_of<std::runtime_error>([&] { train("run", toy_options(), ToyObjective({}, 7)); });
  EXPECT_THAT(message, AllOf(HasSubstr("step "), HasSubstr("point 7"), Not(HasSubstr("point 8"))));
  // Nothing of it is in what was saved: a run without the bad sample goes on.
  const auto checkpoint_before = test::file_bytes(folder / "run/loss.csv");
  EXPECT_THAT(checkpoint_before, Not(HasSubstr("nan")));
  train("run", toy_options());
  EXPECT_EQ(toy_results(folder / "run"), undisturbed());
}

} // namespace
} // namespace cxr
