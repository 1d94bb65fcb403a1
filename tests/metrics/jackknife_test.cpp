// The jackknife, what stands on it, and intervals of shares.
#include "metrics/jackknife.h"

#include <cmath>

#include <gtest/gtest.h>

#include "core/error.h"
#include "core/rng.h"
#include "metrics/frechet_interval.h"
#include "metrics/proportion.h"

namespace cxr {
namespace {

at::Tensor normal_features(std::int64_t count, std::int64_t dimensions, std::uint64_t sample) {
  auto features = at::empty({count, dimensions});
  rng::fill_normal({features.mutable_data_ptr<float>(), static_cast<std::size_t>(features.numel())}, 1, rng::Stream::kSampling,
                   sample);
  return features;
}

// The jackknife's standard error of a mean is the usual one, exactly.
TEST(Jackknife, OfADifferenceOfMeans) {
  const std::vector<double> x = {1, 4, 2, 8}, y = {3, 3, 5};
  const auto mean = [](const std::vector<double>& values, std::size_t without) {
    double sum = 0;
    for (std::size_t i = 0; i < values.size(); ++i) sum += i == without ? 0 : values[i];
    return sum / static_cast<double>(values.size() - (without < values.size() ? 1 : 0));
  };
  const double mean_x = mean(x, 9), mean_y = mean(y, 9);
  std::vector<double> without_x, without_y;
  for (std::size_t i = 0; i < x.size(); ++i) without_x.push_back(mean(x, i) - mean_y);
  for (std::size_t i = 0; i < y.size(); ++i) without_y.push_back(mean_x - mean(y, i));
  const auto interval = jackknife_interval(mean_x - mean_y, {without_x, without_y});
  const double se = std::sqrt(28.75 / 3 / 4 + 8. / 3 / 2 / 3); // sample variances over n
  EXPECT_NEAR(interval.high, mean_x - mean_y + 1.96 * se, 1e-4);
  EXPECT_NEAR(interval.low, mean_x - mean_y - 1.96 * se, 1e-4);
  EXPECT_TRUE(std::isnan(jackknife_interval(1, {without_x, std::vector<double>{1}}).low));
}

TEST(Jackknife, PartsMakeUpTheSample) {
  std::vector<int> left_out(107, 0);
  for (std::int64_t g = 0; g < 50; ++g) {
    const auto rest = without_part(107, 50, g);
    EXPECT_TRUE(rest.size() == 104 || rest.size() == 105);
    for (std::int64_t i = 0; i < 107; ++i) left_out[i] += !std::binary_search(rest.begin(), rest.end(), i);
  }
  EXPECT_EQ(left_out, std::vector<int>(107, 1));
  EXPECT_THROW(without_part(3, 4, 0), LogicError);
}

// The standard error that the interval claims is near the spread of distances of sets drawn anew, and its middle is the distance.
TEST(FrechetInterval, IsAsWideAsTheDistancesSpread) {
  constexpr std::int64_t kDraws = 40, kCount = 30, kDimensions = 12;
  std::vector<double> distances;
  double reach = 0;
  for (std::int64_t draw = 0; draw < kDraws; ++draw) {
    const auto a = normal_features(kCount, kDimensions, 2 * draw), b = 1.5 * normal_features(kCount, kDimensions, 2 * draw + 1) + 1;
    distances.push_back(frechet_distance(a, b));
    const auto interval = frechet_interval(a, b);
    EXPECT_NEAR((interval.low + interval.high) / 2, distances.back(), 1e-9);
    reach += (interval.high - interval.low) / 2 / kDraws;
  }
  const auto spread = at::tensor(distances, at::kDouble).std().item<double>();
  EXPECT_NEAR(reach / 1.96, spread, 0.35 * spread); // an sd of 40 draws is good to 11 %: three of them
}

TEST(FrechetInterval, IsNotBelow0AndNeedsThreeVectors) {
  const auto a = normal_features(20, 4, 100);
  EXPECT_EQ(frechet_interval(a, a).low, 0);
  EXPECT_THROW(frechet_interval(a, a.slice(0, 0, 2)), InputError);
}

// statsmodels' proportion_confint(hits, count, method="wilson").
TEST(Wilson, IntervalsOfShares) {
  const auto few = wilson_interval(7, 50);
  EXPECT_NEAR(few.low, 0.0695083, 1e-6);
  EXPECT_NEAR(few.high, 0.2618619, 1e-6);
  EXPECT_EQ(wilson_interval(0, 50).low, 0);
  EXPECT_NEAR(wilson_interval(0, 50).high, 0.0713476, 1e-6);
  EXPECT_EQ(wilson_interval(50, 50).high, 1);
  EXPECT_TRUE(std::isnan(wilson_interval(0, 0).low));
}

} // namespace
} // namespace cxr
