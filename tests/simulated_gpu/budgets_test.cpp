// How often the program waits for a GPU, and how many operators it gives it. Each number is a run's that did more less one's that
// did less, so that what happens once does not count. Every rank runs the tests of trainings.
#include <gmock/gmock.h>

#include "app/program.h"
#include "combinations/inputs.h"
#include "core/error.h"
#include "core/log.h"
#include "dist/mpi_session.h"
#include "simulated_gpu/counters.h"
#include "support/temporary_folder.h"

namespace cxr {
namespace {

namespace fs = std::filesystem;
using simulated_gpu::Counters;
using Arguments = std::vector<std::string>;

/// What a unit of work costs.
struct Cost {
  double waits, copies_to_host, operators;
};

class Budgets : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    if (world().is_root()) {
      folder_ = std::make_unique<test::TemporaryFolder>();
      inputs_ =
          std::make_unique<combinations::Inputs>(CXR_SOURCE_DIR "/tests/combinations/inputs.toml", folder_->path() / "in", "");
      inputs_->make_for({"{in}/images.h5", "{in}/captions.h5", "{in}/many-impressions.h5", "{in}/prompted"});
    }
    root_ = world().broadcast(world().is_root() ? folder_->path().string() : "");
  }
  static void TearDownTestSuite() {
    world().barrier();
    inputs_.reset(), folder_.reset();
  }

  static std::string input(const std::string& name) { return (root_ / "in" / name).string(); }
  static std::string model(const std::string& name = "") { return (fs::path(CXR_SOURCE_DIR) / "models/toy" / name).string(); }

  /// Runs a command on the GPU. @return what it counted
  static Counters run(Arguments arguments) {
    static int number = 0;
    arguments.insert(arguments.end(), {"--device", "cuda", "--threads", "1", "--quiet", "--out",
                                       (root_ / fmt::format("run-{}", number++)).string()});
    simulated_gpu::reset_counters();
    EXPECT_EQ(Program().run(arguments), kDone);
    return simulated_gpu::counters();
  }

  /// What the units cost by which `more` has more than `less`.
  static Cost cost(const Arguments& arguments, const Arguments& less, const Arguments& more, double units) {
    const auto with = [&](const Arguments& added) {
      auto all = arguments;
      all.insert(all.end(), added.begin(), added.end());
      return run(all);
    };
    const auto few = with(less), many = with(more);
    const auto per_unit = [&](std::int64_t Counters::*count) { return static_cast<double>(many.*count - few.*count) / units; };
    const Cost found{per_unit(&Counters::waits), per_unit(&Counters::copies_to_host), per_unit(&Counters::operators)};
    if (world().is_root())
      fmt::print("  {} waits, {} copies to the host, {} operators\n", found.waits, found.copies_to_host, found.operators);
    return found;
  }

  static Cost training_step(const Arguments& arguments) { return cost(arguments, {"--steps", "3"}, {"--steps", "5"}, 2); }
  /// Of the last steps' checkpoints and results, beside one that is written in any case.
  static Cost checkpoint(Arguments arguments) {
    arguments.insert(arguments.end(), {"--steps", "3"});
    return cost(arguments, {"--checkpoint-every", "1000"}, {"--checkpoint-every", "1"}, 2);
  }

  static Arguments unet(const Arguments& more = {}) {
    return joined({"train", "unet", "--model", model(), "--images", input("images.h5"), "--concept", "No Finding=1: a photo",
                   "--per-concept", "4", "--batch-size", "4"},
                  more);
  }
  static Arguments inversion(const Arguments& more = {}) {
    return joined({"train", "inversion", "--model", model(), "--images", input("images.h5"), "--token", "<x>", "--initializer",
                   "photo", "--batch-size", "4"},
                  more);
  }
  static Arguments projection(const Arguments& more = {}) {
    return joined({"train", "projection", "--encoder", model("cxr-bert"), "--clip", model(), "--prompts", input("captions.h5"),
                   "--batch-size", "4", "--dtype", "float32"},
                  more);
  }
  static Arguments joined(Arguments one, const Arguments& other) {
    one.insert(one.end(), other.begin(), other.end());
    return one;
  }

  static std::unique_ptr<test::TemporaryFolder> folder_;
  static std::unique_ptr<combinations::Inputs> inputs_; ///< rank 0's
  static fs::path root_;
};

std::unique_ptr<test::TemporaryFolder> Budgets::folder_;
std::unique_ptr<combinations::Inputs> Budgets::inputs_;
fs::path Budgets::root_;

TEST_F(Budgets, ASamplingStepDoesNotWait) {
  for (const char* scheduler : {"ddpm", "ddim", "pndm", "dpmsolver++"}) {
    for (const char* guidance : {"7.5", "1"}) {
      const auto step = cost({"generate", "--model", model(), "--prompt", "a photo", "--height", "64", "--width", "64",
                              "--scheduler", scheduler, "--guidance", guidance},
                             {"--steps", "4"}, {"--steps", "8"}, 4);
      EXPECT_EQ(step.waits, 0) << scheduler << " " << guidance;
      EXPECT_EQ(step.copies_to_host, 0) << scheduler << " " << guidance;
    }
  }
}

TEST_F(Budgets, AStepOfTrainUNetWaitsOnceForTheStepBeforeIt) {
  const std::vector<Arguments> variants = {
      {},
      {"--no-cache"},
      {"--min-snr-gamma", "5", "--noise-offset", "0.1", "--ema-decay", "0.9"},
      {"--accumulation", "2", "--gradient-checkpointing", "--dtype", "bfloat16", "--max-grad-norm", "0"},
      {"--class-images", input("prompted"), "--caption-dropout", "0.5", "--shard-optimizer"}};
  for (const auto& variant : variants) EXPECT_LE(training_step(unet(variant)).waits, 1) << testing::PrintToString(variant);
}

TEST_F(Budgets, AStepOfTrainInversionWaitsOnceForTheStepBeforeIt) {
  for (const auto& variant :
       std::vector<Arguments>{{}, {"--vectors", "3", "--gradient-checkpointing"}, {"--no-cache", "--dtype", "bfloat16"}}) {
    EXPECT_LE(training_step(inversion(variant)).waits, 1) << testing::PrintToString(variant);
  }
}

TEST_F(Budgets, AStepOfTrainProjectionWaitsOnceForTheStepBeforeIt) {
  const std::vector<Arguments> variants = {{},
                                           {"--extraction", "mean", "--loss", "cosine"},
                                           {"--level", "token", "--pairing", "position"},
                                           {"--level", "token", "--pairing", "common"},
                                           {"--level", "token", "--pairing", "interpolate", "--ema-decay", "0.9"}};
  for (const auto& variant : variants) EXPECT_LE(training_step(projection(variant)).waits, 1) << testing::PrintToString(variant);
}

// The step is told that was not finite, though the device had the next one to do by then; what the last checkpoint has is whole.
TEST_F(Budgets, AStepOfTrainUNetThatIsNotFiniteIsNamedAsOnTheProcessor) {
  const auto failure = [](const std::string& device) {
    const auto out = (root_ / ("not-finite-" + device)).string();
    try {
      Program().run(unet({"--learning-rate", "1e30", "--checkpoint-every", "1", "--steps", "9", "--device", device, "--threads",
                          "1", "--quiet", "--out", out}));
    } catch (const std::runtime_error& error) {
      const std::string said = error.what();
      EXPECT_THAT(said, testing::HasSubstr("not finite, for phantom-"));
      return said.substr(0, said.find(':'));
    }
    return std::string("nothing");
  };
  EXPECT_THAT(failure("cpu"), testing::StartsWith("step "));
  EXPECT_EQ(failure("cuda"), failure("cpu"));
}

TEST_F(Budgets, ACheckpointOfTrainUNetIsTenCopiesAtMost) {
  for (const auto& variant : std::vector<Arguments>{{}, {"--ema-decay", "0.9", "--decay-weights-only"}, {"--shard-optimizer"}}) {
    const auto each = checkpoint(unet(variant));
    EXPECT_LE(each.copies_to_host, 10) << testing::PrintToString(variant);
    EXPECT_LE(each.waits, 10) << testing::PrintToString(variant);
  }
}

TEST_F(Budgets, ACheckpointOfTrainProjectionIsTenCopiesAtMost) {
  EXPECT_LE(checkpoint(projection({"--layers", "3", "--ema-decay", "0.9"})).copies_to_host, 10);
}

TEST_F(Budgets, EmbeddingWaitsOncePerBatch) {
  for (const char* encoder : {"cxr-bert", "roberta", "clip"}) {
    for (const char* extraction : {"cls", "mean"}) {
      const auto window = cost({"embed", "--encoder", model(encoder), "--extraction", extraction, "--reports",
                                input("many-impressions.h5"), "--batch-size", "4", "--batch-tokens", "100000"},
                               {"--n", "8"}, {"--n", "40"}, 8);
      EXPECT_LE(window.waits, 1) << encoder << " " << extraction;
    }
  }
}

} // namespace
} // namespace cxr
