/// @file
/// Jackknife confidence intervals (Efron and Tibshirani 1993, chapter 11) of a statistic of independent samples: what it is without
/// each part of each sample in turn tells its standard error. For statistics that a bootstrap distorts because its resamples repeat
/// points: covariances lose rank, points get neighbours at distance 0.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <vector>

#include "metrics/bootstrap.h"

namespace cxr {

/// value ± 1.96·se (95 %), se² = Σ over samples of (G − 1)/G · Σ_g (θ_g − θ̄)²; NaN ends where a sample has fewer than two parts.
/// @param without for each sample its G values of the statistic, each without one part
Interval jackknife_interval(double value, std::initializer_list<std::span<const double>> without);

/// The samples that stay when part g of `parts` of `count` samples is left out: part g is [count·g/parts, count·(g+1)/parts).
std::vector<std::int64_t> without_part(std::int64_t count, std::int64_t parts, std::int64_t g);

} // namespace cxr
