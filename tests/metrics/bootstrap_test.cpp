#include "metrics/bootstrap.h"

#include <cmath>
#include <set>

#include <gtest/gtest.h>

#include "core/rng.h"

namespace cxr {
namespace {

std::vector<double> normal_values(std::int64_t count) {
  rng::Generator generator(7, rng::Stream::kSampling);
  std::vector<double> values(count);
  for (auto& x : values) x = generator.normal();
  return values;
}

double mean_of(const std::vector<double>& values, std::span<const std::int64_t> indices) {
  double sum = 0;
  for (auto i : indices) sum += values[i];
  return sum / static_cast<double>(indices.size());
}

TEST(Bootstrap, IntervalOfAMeanIsThatOfTheNormalTheory) {
  const auto values = normal_values(400);
  const auto intervals = bootstrap(400, 1, [&](auto indices, auto out) { out[0] = mean_of(values, indices); }, {.resamples = 4000});
  std::vector<std::int64_t> all(400);
  for (std::int64_t i = 0; i < 400; ++i) all[i] = i;
  const double mean = mean_of(values, all);
  double squares = 0;
  for (double x : values) squares += (x - mean) * (x - mean);
  const double reach = 1.96 * std::sqrt(squares / 400 / 400);
  // A 2.5 % quantile of 4000 draws has a standard error of 0.033 standard deviations, 1.7 % of the reach: four of them.
  EXPECT_NEAR(intervals[0].low, mean - reach, 0.07 * reach);
  EXPECT_NEAR(intervals[0].high, mean + reach, 0.07 * reach);
}

TEST(Bootstrap, DependsOnTheSeedAlone) {
  const auto values = normal_values(50);
  const Statistics statistics = [&](auto indices, auto out) { out[0] = mean_of(values, indices); };
  const auto first = bootstrap(50, 1, statistics, {.seed = 3}), again = bootstrap(50, 1, statistics, {.seed = 3});
  const auto other = bootstrap(50, 1, statistics, {.seed = 4});
  EXPECT_EQ(first[0].low, again[0].low);
  EXPECT_EQ(first[0].high, again[0].high);
  EXPECT_NE(first[0].low, other[0].low);
}

TEST(Bootstrap, StatisticsSeeTheSameResamples) {
  const auto values = normal_values(60);
  const auto intervals = bootstrap(60, 1, [&](auto indices, auto out) { // x and x + 1 differ by 1 in every resample
    out[0] = mean_of(values, indices) + 1 - mean_of(values, indices);
  });
  EXPECT_NEAR(intervals[0].low, 1, 1e-12);
  EXPECT_NEAR(intervals[0].high, 1, 1e-12);
}

TEST(Bootstrap, LeavesOutWhatDoesNotExist) {
  int calls = 0;
  const auto intervals = bootstrap(10, 2, [&](auto, auto out) {
    out[0] = ++calls % 2 ? std::nan("") : 5;
    out[1] = std::nan("");
  });
  EXPECT_EQ(intervals[0].low, 5);
  EXPECT_EQ(intervals[0].high, 5);
  EXPECT_TRUE(std::isnan(intervals[1].low) && std::isnan(intervals[1].high));
}

TEST(Bootstrap, AResampleKeepsTheSizesOfStrata) {
  const std::vector<std::int8_t> strata = {0, 2, 2, 0, 2, 0, 2};
  std::set<std::int64_t> drawn;
  bootstrap(
      7, 0,
      [&](auto indices, auto) {
        EXPECT_EQ(std::count_if(indices.begin(), indices.end(), [&](auto i) { return strata[i] == 0; }), 3);
        EXPECT_EQ(indices.size(), 7);
        drawn.insert(indices.begin(), indices.end());
      },
      {.resamples = 50}, strata);
  EXPECT_EQ(drawn.size(), 7); // none is left out for ever
}

TEST(Bootstrap, NoSamples) {
  const auto intervals = bootstrap(0, 1, [](auto, auto) { FAIL() << "there is nothing to resample"; });
  EXPECT_TRUE(std::isnan(intervals[0].low));
}

} // namespace
} // namespace cxr
