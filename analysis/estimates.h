/// @file
/// Cells of a table from the samples behind them.
#pragma once

#include "analysis/table.h"
#include "metrics/bootstrap.h"

namespace cxr {

/// `count` statistics of all samples, each with its bootstrap interval. The parameters are those of bootstrap().
std::vector<Cell> estimates(std::int64_t samples, std::int64_t count, const Statistics& statistics, const BootstrapOptions& options,
                            std::span<const std::int8_t> strata = {});

} // namespace cxr
