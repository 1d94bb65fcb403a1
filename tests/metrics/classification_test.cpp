#include "metrics/classification.h"

#include <cmath>
#include <numeric>

#include <gtest/gtest.h>

#include "core/error.h"
#include "metrics/metric_fixtures.h"

namespace cxr {
namespace {

constexpr double kRounding = 1e-14; // ratios of the same integers

TEST(Classification, AgreesWithScikitLearn) {
  auto items = test::metric_fixtures("classification");
  items.push_back(test::metric_fixtures("classification", "generative_metrics.json").front());
  for (const auto& item : items) {
    SCOPED_TRACE(item.at("name"));
    const ScoredLabels scored(item.at("labels").get<std::vector<std::uint8_t>>(), item.at("scores").get<std::vector<float>>());
    if (item.at("auc").is_null()) {
      EXPECT_TRUE(std::isnan(scored.auc()));
    } else {
      EXPECT_NEAR(scored.auc(), item.at("auc"), kRounding);
    }
    const auto counts = scored.confusion();
    EXPECT_NEAR(counts.accuracy(), item.at("accuracy"), kRounding);
    EXPECT_NEAR(counts.precision(), item.at("precision"), kRounding);
    EXPECT_NEAR(counts.recall(), item.at("recall"), kRounding);
    EXPECT_NEAR(counts.f1(), item.at("f1"), kRounding);
  }
}

TEST(Classification, CountsAndPrevalence) {
  const std::vector<float> scores = {0.5f, 0.9f, 0.1f, 0.6f, 0.2f};
  const ScoredLabels scored({1, 1, 1, 0, 0}, scores);
  const auto counts = scored.confusion();
  EXPECT_EQ(counts.true_positive, 2); // the threshold itself predicts positive
  EXPECT_EQ(counts.false_negative, 1);
  EXPECT_EQ(counts.false_positive, 1);
  EXPECT_EQ(counts.true_negative, 1);
  EXPECT_DOUBLE_EQ(counts.prevalence(), 0.6);
}

TEST(Classification, IndicesWithRepeatsEqualTheSampleTheyName) {
  const std::vector<std::uint8_t> labels = {0, 1, 0, 1, 1};
  const std::vector<float> scores = {0.3f, 0.3f, 0.6f, 0.7f, 0.2f};
  const std::vector<std::int64_t> indices = {4, 1, 1, 0, 2, 2};
  std::vector<std::uint8_t> named_labels;
  std::vector<float> named_scores;
  for (auto i : indices) {
    named_labels.push_back(labels[i]);
    named_scores.push_back(scores[i]);
  }
  const ScoredLabels scored(labels, scores), named(named_labels, named_scores);
  EXPECT_DOUBLE_EQ(scored.auc(indices), named.auc());
  EXPECT_EQ(scored.confusion(indices).true_positive, named.confusion().true_positive);
  EXPECT_DOUBLE_EQ(scored.confusion(indices).f1(), named.confusion().f1());
}

TEST(Classification, NoSamples) {
  const ScoredLabels scored({}, {});
  EXPECT_TRUE(std::isnan(scored.auc()));
  EXPECT_EQ(scored.confusion().accuracy(), 0);
}

TEST(Classification, RefusesWhatIsNoLabelOrScore) {
  const std::vector<float> fine = {0.5f, 0.5f}, damaged = {0.5f, std::nanf("")};
  EXPECT_THROW(ScoredLabels({0, 2}, fine), LogicError);
  EXPECT_THROW(ScoredLabels({0, 1}, damaged), LogicError);
  EXPECT_THROW(ScoredLabels({0}, fine), LogicError);
}

} // namespace
} // namespace cxr
