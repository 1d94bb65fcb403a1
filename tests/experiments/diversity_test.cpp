// `cxr diversity` on phantoms, and its parts on ranks.
#include <cmath>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "data/image_set.h"
#include "experiments/commands.h"
#include "experiments/generated_sets.h"
#include "experiments/grey_squares.h"
#include "experiments/nearest_training.h"
#include "experiments/pair_similarity.h"
#include "experiments/set_rows.h"
#include "metrics/image_quality.h"
#include "metrics/ms_ssim.h"
#include "support/refusal.h"
#include "support/thread_ranks.h"

namespace cxr {
namespace {

using testing::HasSubstr;

class DiversityTest : public test::GeneratedSets {
 protected:
  static nlohmann::json diversity(std::vector<std::string> options) {
    options.insert(options.begin(), {"diversity", "--json", "--images", path("generated.h5")});
    return nlohmann::json::parse(run(diversity_command, options));
  }
  static at::Tensor squares(const std::string& set, std::int64_t side) {
    const ImageSet images(path(set));
    return grey_squares(images, all_rows(images.size()), side);
  }
};

TEST_F(DiversityTest, MeanSimilarityIsThatOfAllPairs) {
  const auto printed = diversity({"--prompt", test::kEffusionPrompt}).at("ms_ssim");
  const auto images = squares("generated.h5", 96).slice(0, test::kOfEach);
  double sum = 0, pairs = 0;
  for (std::int64_t i = 0; i < images.size(0); ++i) {
    for (std::int64_t j = 0; j < i; ++j) sum += ms_ssim(images[i], images[j]), ++pairs;
  }
  EXPECT_EQ(printed.at("pairs"), pairs);
  EXPECT_EQ(printed.at("scales"), 4);
  EXPECT_EQ(printed.at("size"), 96);
  EXPECT_NEAR(printed.at("mean"), sum / pairs, 1e-12);
  EXPECT_LT(printed.at("interval").at(0), printed.at("mean"));
  EXPECT_GT(printed.at("interval").at(1), printed.at("mean"));
}

TEST_F(DiversityTest, FindsTheNearestTrainingImageAndItsOwnNearest) {
  const auto printed = diversity({"--training", path("real.h5"), "--size", "64", "--classifier", classifier()});
  const auto generated = squares("generated.h5", 64), real = squares("real.h5", 64);
  const auto ids = ImageSet(path("real.h5")).info().ids;
  std::int64_t closer = 0;
  for (std::int64_t i = 0; i < generated.size(0); ++i) {
    std::int64_t nearest = 0;
    double between = INFINITY;
    for (std::int64_t j = 0; j < real.size(0); ++j) {
      if (rmse(generated[i], real[j]) < rmse(generated[i], real[nearest])) nearest = j;
    }
    for (std::int64_t j = 0; j < real.size(0); ++j) {
      if (j != nearest) between = std::min(between, rmse(real[nearest], real[j]));
    }
    const auto& row = printed.at("nearest").at(i);
    EXPECT_EQ(row.at("id"), fmt::format("p{:04}-{:04}", i / test::kOfEach, i % test::kOfEach));
    EXPECT_EQ(row.at("nearest_id"), ids[nearest]);
    EXPECT_NEAR(row.at("distance"), rmse(generated[i], real[nearest]), 1e-12);
    EXPECT_NEAR(row.at("training_distance"), between, 1e-12);
    closer += rmse(generated[i], real[nearest]) < between;
  }
  const auto& summary = printed.at("nearest_summary");
  EXPECT_EQ(summary.at("min"), 0);
  EXPECT_NEAR(summary.at("closer"), static_cast<double>(closer) / (2 * test::kOfEach), 1e-12);
  // The copy among the generated images.
  EXPECT_EQ(printed.at("nearest").at(3).at("nearest_id"), ids[5]);
  EXPECT_EQ(printed.at("nearest").at(3).at("feature_nearest_id"), ids[5]);
  EXPECT_LT(
      printed.at("nearest").at(3).at("feature_distance").get<double>(),
      1e-3 * printed.at("feature_nearest_summary").at("mean").get<double>()); // grey from RGB: batches round features otherwise
}

// Tiles, batches and the seeded choice of pairs; two passes over training images.
TEST_F(DiversityTest, IsTheSameOnAnyNumberOfRanks) {
  const auto images = squares("generated.h5", 24), training = squares("real.h5", 24);
  const auto similarity = [&](Communicator& ranks) { return pair_similarity(images, 100, 3, ranks); };
  const auto nearest = [&](Communicator& ranks) {
    return nearest_training(
        images.flatten(1), training.size(0), 3,
        [&](const Batch& batch) { return training.slice(0, batch.begin, batch.end()).flatten(1); }, ranks);
  };
  LocalCommunicator alone;
  const auto expected = similarity(alone);
  const auto expected_nearest = nearest(alone);
  EXPECT_EQ(expected.pairs, 100);    // of 120
  for (const int size : {2, 4, 7}) { // more ranks than batches, too
    test::run_ranks(size, [&](Communicator& ranks) {
      const auto found = similarity(ranks);
      EXPECT_EQ(found.mean, expected.mean);
      EXPECT_EQ(found.interval.low, expected.interval.low);
      const auto found_nearest = nearest(ranks);
      for (std::size_t i = 0; i < expected_nearest.nearest.size(); ++i) {
        EXPECT_EQ(found_nearest.nearest[i].number, expected_nearest.nearest[i].number);
        EXPECT_EQ(found_nearest.nearest[i].squared, expected_nearest.nearest[i].squared);
        EXPECT_EQ(found_nearest.between[i].number, expected_nearest.between[i].number);
      }
    });
  }
}

TEST_F(DiversityTest, RefusesWhatCannotBeCompared) {
  const auto refused = [](std::vector<std::string> options) { return test::refusal([&] { diversity(std::move(options)); }); };
  EXPECT_THAT(refused({"--size", "10"}), HasSubstr("at least 11 pixels"));
  EXPECT_THAT(refused({"--classifier", classifier()}), HasSubstr("--training"));
  EXPECT_THAT(refused({"--training", path("real.h5"), "--classifier", path("real.h5")}), HasSubstr("config.json"));
  EXPECT_THAT(refused({"--prompt", "a cat"}), HasSubstr(test::kEffusionPrompt));
  EXPECT_THAT(refused({"--training", path("nothing.h5")}), HasSubstr("nothing.h5"));
  LocalCommunicator alone;
  EXPECT_THAT(test::refusal([&] { pair_similarity(at::zeros({2, 20, 20}, at::kByte), 10, 0, alone); }), HasSubstr("at least 3"));
}

} // namespace
} // namespace cxr
