/// @file
/// Intervals in the JSON objects that commands print.
#pragma once

#include <nlohmann/json.hpp>

#include "metrics/bootstrap.h"

namespace cxr {

/// [low, high]
inline nlohmann::json interval_json(const Interval& interval) { return {interval.low, interval.high}; }

} // namespace cxr
