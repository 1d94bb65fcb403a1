#include "study/cost.h"

#include <gmock/gmock.h>

namespace cxr::study {
namespace {

Measurement run(int units, int inner, double seconds, std::int64_t disk = 0, std::int64_t memory = 0) {
  return {.size = {.units = units, .inner = inner}, .seconds = seconds, .peak_memory_bytes = memory, .disk_bytes = disk};
}

TEST(Cost, AStraightLineThroughTwoRuns) {
  const auto model = fit_cost({run(2, 1, 3, 100, 7), run(6, 1, 5, 300, 9)});
  EXPECT_DOUBLE_EQ(model.start, 2);
  EXPECT_DOUBLE_EQ(model.unit, 0.5);
  EXPECT_DOUBLE_EQ(model.disk_start, 0);
  EXPECT_DOUBLE_EQ(model.disk_unit, 50);
  EXPECT_EQ(model.peak_memory_bytes, 9);
}

TEST(Cost, DenoisingStepsAreCountedByThemselves) {
  // Start 2 s, an image 1 s to decode, a step 0.25 s: one image of 2 steps, five of 2, five of 10.
  const auto model = fit_cost({run(1, 2, 3.5), run(5, 2, 9.5), run(5, 10, 19.5)});
  EXPECT_DOUBLE_EQ(model.start, 2);
  EXPECT_DOUBLE_EQ(model.inner, 0.25);
  EXPECT_DOUBLE_EQ(model.unit, 1);
  const auto cost = step_cost(model, {.units = 100, .unit = "images", .inner = 50, .most_ranks = 100}, 8);
  EXPECT_DOUBLE_EQ(cost.seconds, 2 + 13 * 13.5); // eight ranks, thirteen images the one with most
  EXPECT_DOUBLE_EQ(cost.rank_seconds, 8 * cost.seconds);
}

TEST(Cost, NoiseMakesNothingNegative) {
  const auto model = fit_cost({run(1, 1, 2), run(4, 1, 1.9)});
  EXPECT_EQ(model.unit, 0);
  EXPECT_EQ(model.start, 2);
}

TEST(Cost, NoMoreRanksThanAStepHasSamples) {
  const CostModel model{.start = 1, .unit = 2};
  const Workload training{.units = 10, .unit = "steps", .inner = 1, .most_ranks = 4};
  EXPECT_EQ(step_cost(model, training, 1).seconds, 21);
  EXPECT_EQ(step_cost(model, training, 16).ranks, 4);
  EXPECT_EQ(step_cost(model, training, 16).seconds, 6);
}

} // namespace
} // namespace cxr::study
