#include "metrics/jackknife.h"

#include <cmath>

#include "core/error.h"
#include "metrics/summary.h"

namespace cxr {

Interval jackknife_interval(double value, std::initializer_list<std::span<const double>> without) {
  constexpr double kNormalQuantile = 1.959963984540054; // 97.5 %
  double variance = 0;
  for (const auto& values : without) {
    const double parts = static_cast<double>(values.size()), sd = summarise(values).sd; // NaN of fewer than two
    variance += (parts - 1) * (parts - 1) / parts * sd * sd;
  }
  const double reach = kNormalQuantile * std::sqrt(variance);
  return {value - reach, value + reach};
}

std::vector<std::int64_t> without_part(std::int64_t count, std::int64_t parts, std::int64_t g) {
  expects(parts >= 1 && parts <= count && g >= 0 && g < parts, "jackknife: part {} of {} of {} samples", g, parts, count);
  std::vector<std::int64_t> rest;
  for (std::int64_t i = 0; i < count; ++i) {
    if (i < count * g / parts || i >= count * (g + 1) / parts) rest.push_back(i);
  }
  return rest;
}

} // namespace cxr
