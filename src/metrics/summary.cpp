#include "metrics/summary.h"

#include <cmath>
#include <limits>

namespace cxr {

std::vector<double> sorted_finite(std::span<const double> values) {
  std::vector<double> finite;
  finite.reserve(values.size());
  std::copy_if(values.begin(), values.end(), std::back_inserter(finite), [](double x) { return std::isfinite(x); });
  std::sort(finite.begin(), finite.end());
  return finite;
}

double quantile_of_sorted(std::span<const double> ascending, double q) {
  if (ascending.empty()) return std::numeric_limits<double>::quiet_NaN();
  const double position = q * static_cast<double>(ascending.size() - 1);
  const auto below = static_cast<std::size_t>(position);
  const auto above = std::min(below + 1, ascending.size() - 1);
  return std::lerp(ascending[below], ascending[above], position - static_cast<double>(below));
}

Summary summarise(std::span<const double> values) {
  const auto ascending = sorted_finite(values);
  const auto count = std::ssize(ascending);
  if (count == 0) {
    constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
    return {0, kNone, kNone, kNone, kNone, kNone};
  }
  double sum = 0, squares = 0;
  for (double x : ascending) sum += x;
  const double mean = sum / static_cast<double>(count);
  for (double x : ascending) squares += (x - mean) * (x - mean);
  // 0/0 for a single value: NaN, as documented.
  const double sd = std::sqrt(squares / static_cast<double>(count - 1));
  return {count, mean, sd, quantile_of_sorted(ascending, 0.5), ascending.front(), ascending.back()};
}

} // namespace cxr
