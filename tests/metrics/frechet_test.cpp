#include "metrics/frechet.h"

#include <ATen/CPUGeneratorImpl.h>

#include <gtest/gtest.h>

#include "core/error.h"
#include "metrics/metric_fixtures.h"
#include "support/tolerance.h"

namespace cxr {
namespace {

Moments moments_of(const at::Tensor& features) {
  Moments moments(features.size(1));
  moments.add(features);
  return moments;
}

at::Tensor random_features(std::int64_t count, std::int64_t dimensions, std::uint64_t seed) {
  auto generator = at::make_generator<at::CPUGeneratorImpl>(seed);
  return at::randn({count, dimensions}, generator, at::kDouble);
}

TEST(Moments, AgreeWithNumpy) {
  const auto fixture = test::metric_fixtures("frechet");
  const auto moments = moments_of(test::tensor_of(fixture.at("x")));
  EXPECT_EQ(moments.count(), 60);
  EXPECT_CLOSE(moments.mean(), test::tensor_of(fixture.at("mean")), 1e-13); // order of the sums
  EXPECT_CLOSE(moments.covariance(), test::tensor_of(fixture.at("covariance")), 1e-13);
}

TEST(Moments, DoNotDependOnHowASequenceIsCut) {
  const auto x = random_features(1000, 9, 1);
  const auto whole = moments_of(x);
  Moments cut(9);
  for (const auto& part : x.split_with_sizes({1, 7, 300, 256, 0, 436})) cut.add(part);
  EXPECT_CLOSE(cut.mean(), whole.mean(), 0);
  EXPECT_CLOSE(cut.covariance(), whole.covariance(), 0);
}

TEST(Moments, MergeEqualsOneSequence) {
  const auto x = random_features(900, 9, 2) + 50; // a large mean would cost digits if squares were summed
  auto merged = moments_of(x.slice(0, 0, 100));
  merged.merge(moments_of(x.slice(0, 100, 700)));
  merged.merge(Moments(9));
  merged.merge(moments_of(x.slice(0, 700)));
  EXPECT_EQ(merged.count(), 900);
  EXPECT_CLOSE(merged.mean(), moments_of(x).mean(), 1e-14); // order of the sums
  EXPECT_CLOSE(merged.covariance(), moments_of(x).covariance(), 1e-13);
}

TEST(Moments, CopiesAreIndependent) {
  const auto x = random_features(300, 4, 3);
  const auto first = moments_of(x);
  auto second = first;
  second.add(x + 1);
  EXPECT_EQ(first.count(), 300);
  EXPECT_CLOSE(first.mean(), moments_of(x).mean(), 0);
}

TEST(FrechetDistance, AgreesWithPytorchFid) {
  const auto fixture = test::metric_fixtures("frechet");
  const auto x = test::tensor_of(fixture.at("x")), y = test::tensor_of(fixture.at("y"));
  const double expected = fixture.at("distance");
  EXPECT_NEAR(frechet_distance(moments_of(x), moments_of(y)), expected, 1e-9 * expected); // sqrtm's own residual
  EXPECT_NEAR(frechet_distance(x, y), expected, 1e-9 * expected);
  EXPECT_NEAR(frechet_distance(y, x), expected, 1e-9 * expected);
}

// By the definition, with roots from eigendecompositions, at a size that takes more than one block of columns.
TEST(FrechetDistance, FollowsItsDefinitionAtALargeSize) {
  const auto x = random_features(700, 300, 8), y = 1.5 * random_features(600, 300, 9) + 0.1;
  const auto covariance_x = moments_of(x).covariance(), covariance_y = moments_of(y).covariance();
  const auto [values, vectors] = at::linalg_eigh(covariance_x);
  const auto root = (vectors * values.sqrt()).mm(vectors.t());
  const double trace = at::linalg_eigvalsh(root.mm(covariance_y).mm(root)).sqrt().sum().item<double>();
  const double expected =
      ((x.mean(0) - y.mean(0)).square().sum() + covariance_x.trace() + covariance_y.trace()).item<double>() - 2 * trace;
  EXPECT_NEAR(frechet_distance(moments_of(x), moments_of(y)), expected, 1e-11 * expected); // order of the sums
}

TEST(FrechetDistance, FewerSamplesThanFeatures) {
  const auto fixture = test::metric_fixtures("singular_frechet");
  const auto x = test::tensor_of(fixture.at("x")), y = test::tensor_of(fixture.at("y"));
  const double expected = fixture.at("distance");
  EXPECT_NEAR(frechet_distance(x, y), expected, 1e-12 * expected);
  // The root of a rounding error ε in an eigenvalue of 0 is √ε = 1.5e-8, for each of the ten missing ranks.
  EXPECT_NEAR(frechet_distance(moments_of(x), moments_of(y)), expected, 1e-6 * expected);
}

TEST(FrechetDistance, OneSingularSetAndOneOfFullRank) {
  const auto x = random_features(10, 24, 4), y = random_features(200, 24, 5);
  const double by_features = frechet_distance(x, y);
  EXPECT_NEAR(frechet_distance(y, x), by_features, 1e-12 * by_features);
  EXPECT_NEAR(frechet_distance(moments_of(x), moments_of(y)), by_features, 1e-6 * by_features); // √ε, as above
}

TEST(FrechetDistance, OfASetToItselfAndToAShiftedCopy) {
  const auto x = random_features(300, 16, 6);
  EXPECT_NEAR(frechet_distance(x, x), 0, 1e-10);     // a difference of traces of about 16
  EXPECT_NEAR(frechet_distance(x, x + 2), 64, 1e-9); // 16 · 2²
  EXPECT_NEAR(frechet_distance(x, 3 * x), 4 * x.mean(0).square().sum().item<double>() + 4 * x.var(0).sum().item<double>(), 1e-9);
}

TEST(FrechetDistance, RefusesOneSampleAndNumbersThatAreNotFinite) {
  const auto x = random_features(20, 4, 7);
  EXPECT_THROW(frechet_distance(x, x.slice(0, 0, 1)), InputError);
  EXPECT_THROW(frechet_distance(moments_of(x.slice(0, 0, 1)), moments_of(x)), InputError);
  auto damaged = x.clone();
  damaged[3][2] = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THROW(frechet_distance(x, damaged), InputError);
}

} // namespace
} // namespace cxr
