#include "metrics/summary.h"

#include <cmath>

#include <gtest/gtest.h>

#include "metrics/metric_fixtures.h"

namespace cxr {
namespace {

TEST(Summary, AgreesWithNumpy) {
  const auto fixture = test::metric_fixtures("summary");
  const auto values = fixture.at("values").get<std::vector<double>>();
  const auto summary = summarise(values);
  EXPECT_EQ(summary.count, std::ssize(values));
  EXPECT_NEAR(summary.mean, fixture.at("mean"), 1e-12);
  EXPECT_NEAR(summary.sd, fixture.at("sd"), 1e-12);
  const auto ascending = sorted_finite(values);
  for (std::size_t i = 0; i < fixture.at("levels").size(); ++i) {
    EXPECT_NEAR(quantile_of_sorted(ascending, fixture.at("levels")[i]), fixture.at("quantiles")[i], 1e-12);
  }
  EXPECT_NEAR(summary.median, fixture.at("quantiles")[3], 1e-12);
}

TEST(Summary, CountsFiniteValuesOnly) {
  const std::vector<double> values = {1, std::nan(""), 3, INFINITY};
  const auto summary = summarise(values);
  EXPECT_EQ(summary.count, 2);
  EXPECT_EQ(summary.mean, 2);
  EXPECT_EQ(summary.max, 3);
}

TEST(Summary, OfNothingAndOfOneValue) {
  EXPECT_EQ(summarise({}).count, 0);
  EXPECT_TRUE(std::isnan(summarise({}).mean) && std::isnan(summarise({}).median));
  const std::vector<double> one = {4};
  EXPECT_EQ(summarise(one).mean, 4);
  EXPECT_TRUE(std::isnan(summarise(one).sd));
}

} // namespace
} // namespace cxr
