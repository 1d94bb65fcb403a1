#include "metrics/kernel_distance.h"

#include <ATen/CPUGeneratorImpl.h>

#include <gmock/gmock.h>

#include "core/error.h"
#include "metrics/metric_fixtures.h"
#include "support/refusal.h"

namespace cxr {
namespace {

at::Tensor random_features(std::int64_t count, std::int64_t dimensions, std::uint64_t seed) {
  auto generator = at::make_generator<at::CPUGeneratorImpl>(seed);
  return at::randn({count, dimensions}, generator, at::kDouble).clamp_min(0);
}

/// By the definition, a pair at a time.
double by_definition(const at::Tensor& x, const at::Tensor& y) {
  const auto kernel = [](const at::Tensor& a, const at::Tensor& b) {
    return std::pow(a.dot(b).item<double>() / static_cast<double>(a.size(0)) + 1, 3);
  };
  const auto mean = [&](const at::Tensor& a, const at::Tensor& b, bool one_set) {
    double sum = 0, count = 0;
    for (std::int64_t i = 0; i < a.size(0); ++i) {
      for (std::int64_t j = 0; j < b.size(0); ++j) {
        if (one_set && i == j) continue;
        sum += kernel(a[i], b[j]);
        ++count;
      }
    }
    return sum / count;
  };
  return mean(x, x, true) + mean(y, y, true) - 2 * mean(x, y, false);
}

TEST(KernelDistance, AgreesWithTorchFidelityAndTorchmetrics) {
  const auto fixture = test::metric_fixtures("kernel", "generative_metrics.json");
  const auto x = test::tensor_of(fixture.at("x")), y = test::tensor_of(fixture.at("y"));
  const double expected = fixture.at("torch_fidelity");
  EXPECT_NEAR(kernel_distance(x, y), expected, 1e-12 * expected); // order of the sums
  EXPECT_NEAR(kernel_distance(x, y), fixture.at("torchmetrics"), 1e-12 * expected);
  // A subset of all vectors is the set itself.
  for (const double d : subset_kernel_distances(x, y, {.count = 3, .size = 30})) EXPECT_NEAR(d, expected, 1e-12 * expected);
}

TEST(KernelDistance, FollowsItsDefinitionForSetsOfDifferentSizes) {
  const auto x = random_features(13, 5, 1), y = 1.5 * random_features(9, 5, 2);
  EXPECT_NEAR(kernel_distance(x, y), by_definition(x, y), 1e-12);
  EXPECT_NEAR(kernel_distance(y, x), by_definition(x, y), 1e-12);
}

// More than one block of rows; a set in two halves has the same sums.
TEST(KernelDistance, OfALargeSetToAShuffledCopy) {
  const auto x = random_features(1500, 8, 3);
  const double same = kernel_distance(x, x.flip(0));
  // Each vector meets itself in the cross term alone: -2/(n-1) times (the mean of k(x,x) less the mean over pairs).
  const auto own = (x.square().sum(1) / 8 + 1).pow(3).mean().item<double>();
  const auto pairs = (x.mm(x.t()) / 8 + 1).pow(3).mean().item<double>();
  EXPECT_NEAR(same, -2.0 / 1499 * (own - pairs), 1e-12);
}

TEST(KernelDistance, IntervalIsTheJackknifeOverSingleVectors) {
  const auto x = random_features(12, 4, 4), y = 1.4 * random_features(15, 4, 5);
  double variance = 0;
  for (const bool first : {true, false}) {
    const auto& set = first ? x : y;
    std::vector<double> values;
    for (std::int64_t i = 0; i < set.size(0); ++i) {
      const auto rest = at::cat({set.slice(0, 0, i), set.slice(0, i + 1)});
      values.push_back(first ? kernel_distance(rest, y) : kernel_distance(x, rest));
    }
    const auto without = at::tensor(values, at::kDouble);
    const double n = static_cast<double>(values.size());
    variance += (n - 1) / n * (without - without.mean()).square().sum().item<double>();
  }
  const auto interval = kernel_distance_interval(x, y);
  const double value = kernel_distance(x, y), reach = 1.959963984540054 * std::sqrt(variance);
  EXPECT_NEAR(interval.low, value - reach, 1e-10);
  EXPECT_NEAR(interval.high, value + reach, 1e-10);
}

TEST(KernelDistance, SubsetsDependOnTheSeedAndTheirNumber) {
  const auto x = random_features(40, 4, 6), y = random_features(50, 4, 7);
  const auto subsets = subset_kernel_distances(x, y, {.count = 5, .size = 20, .seed = 1});
  const auto fewer = subset_kernel_distances(x, y, {.count = 3, .size = 20, .seed = 1});
  EXPECT_TRUE(std::equal(fewer.begin(), fewer.end(), subsets.begin()));
  EXPECT_NE(subsets[0], subsets[1]);
  EXPECT_NE(subset_kernel_distances(x, y, {.count = 1, .size = 20, .seed = 2})[0], subsets[0]);
}

TEST(KernelDistance, RefusesTooFewVectorsAndWhatIsNotFinite) {
  const auto x = random_features(10, 4, 8);
  EXPECT_THAT(test::refusal([&] { kernel_distance(x, x.slice(0, 0, 1)); }), testing::HasSubstr("at least 2"));
  EXPECT_THAT(test::refusal([&] { kernel_distance_interval(x.slice(0, 0, 2), x); }), testing::HasSubstr("at least 3"));
  EXPECT_THAT(test::refusal([&] { subset_kernel_distances(x, x, {.size = 11}); }), testing::HasSubstr("at least 11"));
  auto damaged = x.clone();
  damaged[3][2] = std::numeric_limits<double>::infinity();
  EXPECT_THAT(test::refusal([&] { kernel_distance(x, damaged); }), testing::HasSubstr("finite"));
}

} // namespace
} // namespace cxr
