/// @file
/// What a step costs, from a few timed runs of it made small.
#pragma once

#include <string>
#include <vector>

#include "study/probe.h"

namespace cxr::study {

/// Seconds = start + units · (unit + inner steps · inner), by least numbers: three runs for those with inner steps, two for others.
struct CostModel {
  double start = 0, unit = 0, inner = 0; ///< s
  double disk_start = 0, disk_unit = 0;  ///< bytes
  std::int64_t peak_memory_bytes = 0;    ///< a rank, of the largest run
};

/// @param runs of one kind: few and many units, and, for those with inner steps, many units with more of these
CostModel fit_cost(const std::vector<Measurement>& runs);

/// What a step takes.
struct StepCost {
  double seconds = 0, rank_seconds = 0; ///< on its ranks; these times their number
  int ranks = 1;
  double disk_bytes = 0;
  std::int64_t peak_memory_bytes = 0; ///< a rank
};

/// Ranks share the units evenly in whole ones, a training's step in samples; each rank starts anew.
StepCost step_cost(const CostModel& model, const Workload& work, int ranks);

} // namespace cxr::study
