#include "metrics/agreement.h"

#include <cmath>

#include <gtest/gtest.h>

#include "core/error.h"
#include "metrics/metric_fixtures.h"

namespace cxr {
namespace {

using Labels = std::vector<std::int8_t>;

// Scores 1 to 5 as categories 0 to 4.
Labels categories_of(const nlohmann::json& scores) {
  Labels labels;
  for (const int score : scores) labels.push_back(static_cast<std::int8_t>(score - 1));
  return labels;
}

void expect_equal(double value, const nlohmann::json& expected) {
  if (expected.is_null()) {
    EXPECT_TRUE(std::isnan(value)) << value;
  } else {
    EXPECT_NEAR(value, expected.get<double>(), 1e-12); // the order of sums of small integers
  }
}

TEST(CohenKappa, EqualsScikitLearn) {
  for (const auto& fixture : test::metric_fixtures("kappa", "agreement.json")) {
    SCOPED_TRACE(fixture.at("name"));
    const auto first = categories_of(fixture.at("first")), second = categories_of(fixture.at("second"));
    expect_equal(cohen_kappa(first, second, 5, KappaWeights::kNone), fixture.at("none"));
    expect_equal(cohen_kappa(first, second, 5, KappaWeights::kLinear), fixture.at("linear"));
    expect_equal(cohen_kappa(first, second, 5, KappaWeights::kQuadratic), fixture.at("quadratic"));
    expect_equal(exact_agreement(first, second), fixture.at("exact"));
  }
}

TEST(CohenKappa, DoesNotExistWithoutCases) {
  EXPECT_TRUE(std::isnan(cohen_kappa({}, {}, 5, KappaWeights::kLinear)));
  EXPECT_TRUE(std::isnan(exact_agreement({}, {})));
}

TEST(CohenKappa, RefusesWhatIsNoCategory) {
  const Labels two = {0, 1}, three = {0, 1, 2};
  EXPECT_THROW(cohen_kappa(two, three, 5, KappaWeights::kNone), LogicError);
  EXPECT_THROW(cohen_kappa(three, three, 2, KappaWeights::kNone), LogicError);
  EXPECT_THROW(exact_agreement(two, three), LogicError);
}

} // namespace
} // namespace cxr
