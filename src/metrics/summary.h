/// @file
/// Descriptive statistics of a column of numbers.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace cxr {

/// Of the finite values; `count` says how many there were. All NaN when there are none, `sd` also when there is one.
struct Summary {
  std::int64_t count = 0;
  double mean, sd; ///< sample standard deviation (n − 1)
  double median, min, max;
};

Summary summarise(std::span<const double> values);

/// The q-quantile of ascending values by linear interpolation (numpy's default); NaN if there are none. @param q in [0, 1]
double quantile_of_sorted(std::span<const double> ascending, double q);

/// The values that are finite, ascending.
std::vector<double> sorted_finite(std::span<const double> values);

} // namespace cxr
