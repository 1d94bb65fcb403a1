#include "metrics/bootstrap.h"

#include <limits>

#include "core/error.h"
#include "core/rng.h"
#include "metrics/summary.h"

namespace cxr {
namespace {

void draw_resample(std::vector<std::int64_t>& indices, const BootstrapOptions& options, std::int64_t resample) {
  rng::Generator generator(options.seed, rng::Stream::kBootstrap, static_cast<std::uint64_t>(resample));
  for (auto& index : indices) index = static_cast<std::int64_t>(generator.below(indices.size()));
}

} // namespace

std::vector<Interval> bootstrap(std::int64_t samples, std::int64_t count, const Statistics& statistics,
                                const BootstrapOptions& options) {
  expects(samples >= 0 && count >= 0 && options.resamples > 0, "bootstrap: counts are not negative");
  expects(options.confidence > 0 && options.confidence < 1, "bootstrap: the confidence level lies between 0 and 1");
  constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
  if (samples == 0) return std::vector<Interval>(count, {kNone, kNone});

  std::vector<std::vector<double>> values(count, std::vector<double>(options.resamples)); // [statistic][resample]
  std::vector<std::int64_t> indices(samples);
  std::vector<double> of_resample(count);
  for (std::int64_t r = 0; r < options.resamples; ++r) {
    draw_resample(indices, options, r);
    statistics(indices, of_resample);
    for (std::int64_t s = 0; s < count; ++s) values[s][r] = of_resample[s];
  }

  const double tail = (1 - options.confidence) / 2;
  std::vector<Interval> intervals;
  for (const auto& column : values) {
    const auto ascending = sorted_finite(column);
    intervals.push_back({quantile_of_sorted(ascending, tail), quantile_of_sorted(ascending, 1 - tail)});
  }
  return intervals;
}

} // namespace cxr
