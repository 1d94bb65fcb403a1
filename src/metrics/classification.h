/// @file
/// Quality of a binary classifier, with scikit-learn's conventions: a ratio whose denominator is 0 is 0 (zero_division=0);
/// an AUC of one class alone does not exist (NaN).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace cxr {

/// How often each of the four outcomes occurred.
struct ConfusionCounts {
  std::int64_t true_positive = 0, false_positive = 0, true_negative = 0, false_negative = 0;

  std::int64_t total() const { return true_positive + false_positive + true_negative + false_negative; }
  /// Share of positive labels.
  double prevalence() const;
  double accuracy() const;
  /// Share of the positive predictions that are right.
  double precision() const;
  /// Share of the positive labels that are found.
  double recall() const;
  /// Harmonic mean of precision and recall.
  double f1() const;
};

/// A classifier's scores for one finding beside the truth. Every statistic takes the indices of the samples to count, with
/// repeats, which makes a bootstrap resample cost O(n): the scores are ranked once.
class ScoredLabels {
 public:
  /// @param labels truth, 1 or 0  @param scores as many; higher means positive; no NaN
  /// @param threshold a score at or above it predicts positive
  ScoredLabels(std::vector<std::uint8_t> labels, std::span<const float> scores, double threshold = 0.5);

  std::int64_t size() const { return std::ssize(labels_); }
  const std::vector<std::uint8_t>& labels() const { return labels_; }

  /// Area under the receiver operating characteristic: the chance that a positive scores above a negative, ties counting
  /// half (Mann-Whitney). NaN unless both classes occur.
  double auc(std::span<const std::int64_t> indices) const;
  ConfusionCounts confusion(std::span<const std::int64_t> indices) const;

  /// Over all samples.
  double auc() const;
  ConfusionCounts confusion() const;

 private:
  std::vector<std::uint8_t> labels_;
  std::vector<std::uint8_t> outcomes_; ///< 2·label + prediction
  std::vector<std::int32_t> ranks_;    ///< of a sample: the number of distinct scores below its own
  std::int32_t distinct_ = 0;          ///< number of distinct scores
};

} // namespace cxr
