#include "metrics/bootstrap.h"

#include <limits>

#include "core/error.h"
#include "core/rng.h"
#include "metrics/summary.h"

namespace cxr {
namespace {

/// The samples of each stratum.
std::vector<std::vector<std::int64_t>> samples_by_stratum(std::int64_t samples, std::span<const std::int8_t> strata) {
  std::vector<std::vector<std::int64_t>> members(strata.empty() ? 1 : *std::max_element(strata.begin(), strata.end()) + 1);
  for (std::int64_t i = 0; i < samples; ++i) members[strata.empty() ? 0 : strata[i]].push_back(i);
  return members;
}

void draw_resample(std::vector<std::int64_t>& indices, const std::vector<std::vector<std::int64_t>>& strata,
                   const BootstrapOptions& options, std::int64_t resample) {
  rng::Generator generator(options.seed, rng::Stream::kBootstrap, static_cast<std::uint64_t>(resample));
  indices.clear();
  for (const auto& members : strata) {
    for (std::size_t i = 0; i < members.size(); ++i) indices.push_back(members[generator.below(members.size())]);
  }
}

} // namespace

std::vector<Interval> bootstrap(std::int64_t samples, std::int64_t count, const Statistics& statistics,
                                const BootstrapOptions& options, std::span<const std::int8_t> strata) {
  expects(samples >= 0 && count >= 0 && options.resamples > 0, "bootstrap: counts are not negative");
  expects(strata.empty() || std::ssize(strata) == samples, "bootstrap: each sample has a stratum");
  expects(options.confidence > 0 && options.confidence < 1, "bootstrap: the confidence level lies between 0 and 1");
  constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
  if (samples == 0) return std::vector<Interval>(count, {kNone, kNone});

  std::vector<std::vector<double>> values(count, std::vector<double>(options.resamples)); // [statistic][resample]
  const auto members = samples_by_stratum(samples, strata);
  std::vector<std::int64_t> indices;
  std::vector<double> of_resample(count);
  for (std::int64_t r = 0; r < options.resamples; ++r) {
    draw_resample(indices, members, options, r);
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
