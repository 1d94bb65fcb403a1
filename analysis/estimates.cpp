#include "analysis/estimates.h"

#include <numeric>

namespace cxr {

std::vector<Cell> estimates(std::int64_t samples, std::int64_t count, const Statistics& statistics, const BootstrapOptions& options,
                            std::span<const std::int8_t> strata) {
  std::vector<std::int64_t> all(static_cast<std::size_t>(samples));
  std::iota(all.begin(), all.end(), 0);
  std::vector<double> values(static_cast<std::size_t>(count));
  statistics(all, values);
  const auto intervals = bootstrap(samples, count, statistics, options, strata);
  std::vector<Cell> cells(values.size());
  for (std::size_t i = 0; i < cells.size(); ++i) {
    cells[i].value = values[i];
    cells[i].interval = intervals[i];
  }
  return cells;
}

} // namespace cxr
