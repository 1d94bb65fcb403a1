#include "metrics/proportion.h"

#include <cmath>

namespace cxr {

Interval wilson_interval(std::int64_t hits, std::int64_t count) {
  constexpr double kNormalQuantile = 1.959963984540054, kSquare = kNormalQuantile * kNormalQuantile; // 97.5 %
  const double n = static_cast<double>(count), share = static_cast<double>(hits) / n;
  const double centre = (share + kSquare / (2 * n)) / (1 + kSquare / n);
  const double reach = kNormalQuantile / (1 + kSquare / n) * std::sqrt(share * (1 - share) / n + kSquare / (4 * n * n));
  if (count == 0) return {n / n, n / n};                                       // NaN
  return {hits == 0 ? 0 : centre - reach, hits == count ? 1 : centre + reach}; // exact, which rounding would miss
}

} // namespace cxr
