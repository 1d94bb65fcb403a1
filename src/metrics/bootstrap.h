/// @file
/// Bootstrap confidence intervals: the percentile method (Efron and Tibshirani 1993, chapter 13).
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace cxr {

/// A confidence interval; both ends NaN where the statistic exists in no resample.
struct Interval {
  double low, high;
};

struct BootstrapOptions {
  std::int64_t resamples = 1000;
  double confidence = 0.95;
  std::uint64_t seed = 0;
};

/// Computes one or more statistics of the samples with these numbers (repeats count) and puts them into `values`.
/// A value that does not exist for them (the AUC of one class) is NaN.
using Statistics = std::function<void(std::span<const std::int64_t> indices, std::span<double> values)>;

/// Percentile intervals of `count` statistics of `samples` samples. All statistics see the same resamples, so a difference of
/// two of them is a paired comparison. Resample r depends on (seed, r) alone. Resamples in which a statistic is NaN are left
/// out of its interval.
/// @param strata of each sample, from 0: a resample draws as many of each stratum as there are, where the study fixed their
/// numbers;
///   empty: all are one
/// @return `count` intervals; NaN ends if there are no samples
std::vector<Interval> bootstrap(std::int64_t samples, std::int64_t count, const Statistics& statistics,
                                const BootstrapOptions& options = {}, std::span<const std::int8_t> strata = {});

} // namespace cxr
