#include "metrics/classification.h"

#include <cmath>
#include <limits>
#include <numeric>

#include "core/error.h"

namespace cxr {
namespace {

double ratio(std::int64_t numerator, std::int64_t denominator) {
  return denominator == 0 ? 0 : static_cast<double>(numerator) / static_cast<double>(denominator);
}

std::vector<std::int64_t> all_of(std::int64_t size) {
  std::vector<std::int64_t> indices(static_cast<std::size_t>(size));
  std::iota(indices.begin(), indices.end(), 0);
  return indices;
}

} // namespace

double ConfusionCounts::prevalence() const { return ratio(true_positive + false_negative, total()); }
double ConfusionCounts::accuracy() const { return ratio(true_positive + true_negative, total()); }
double ConfusionCounts::precision() const { return ratio(true_positive, true_positive + false_positive); }
double ConfusionCounts::recall() const { return ratio(true_positive, true_positive + false_negative); }
double ConfusionCounts::f1() const { return ratio(2 * true_positive, 2 * true_positive + false_positive + false_negative); }

ScoredLabels::ScoredLabels(std::vector<std::uint8_t> labels, std::span<const float> scores, double threshold)
    : labels_(std::move(labels)), outcomes_(labels_.size()), ranks_(labels_.size()) {
  expects(labels_.size() == scores.size(), "ScoredLabels: {} labels, {} scores", labels_.size(), scores.size());
  for (std::size_t i = 0; i < labels_.size(); ++i) {
    expects(labels_[i] <= 1 && !std::isnan(scores[i]), "ScoredLabels: sample {} has no valid label or score", i);
    outcomes_[i] = static_cast<std::uint8_t>(2 * labels_[i] + (scores[i] >= threshold));
  }
  auto order = all_of(size());
  std::sort(order.begin(), order.end(), [&](auto a, auto b) { return scores[a] < scores[b]; });
  for (std::size_t k = 0; k < order.size(); ++k) {
    if (k == 0 || scores[order[k]] != scores[order[k - 1]]) ++distinct_;
    ranks_[order[k]] = distinct_ - 1;
  }
}

double ScoredLabels::auc(std::span<const std::int64_t> indices) const {
  // How many samples of either class have each distinct score: [rank][label].
  std::vector<std::array<std::int32_t, 2>> counts(distinct_);
  for (auto i : indices) ++counts[ranks_[i]][labels_[i]];
  std::int64_t negatives = 0, positives = 0, twice_wins = 0; // doubled, so that ties count in whole numbers
  for (const auto& [negative, positive] : counts) {
    twice_wins += std::int64_t{positive} * (2 * negatives + negative);
    negatives += negative;
    positives += positive;
  }
  if (negatives == 0 || positives == 0) return std::numeric_limits<double>::quiet_NaN();
  return static_cast<double>(twice_wins) / (2.0 * static_cast<double>(negatives) * static_cast<double>(positives));
}

ConfusionCounts ScoredLabels::confusion(std::span<const std::int64_t> indices) const {
  std::array<std::int64_t, 4> counts{};
  for (auto i : indices) ++counts[outcomes_[i]];
  return {.true_positive = counts[3], .false_positive = counts[1], .true_negative = counts[0], .false_negative = counts[2]};
}

double ScoredLabels::auc() const { return auc(all_of(size())); }
ConfusionCounts ScoredLabels::confusion() const { return confusion(all_of(size())); }

} // namespace cxr
