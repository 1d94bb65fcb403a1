/// @file
/// The learning rate of a step (diffusers: get_scheduler).
#pragma once

#include <cstdint>
#include <string>

namespace cxr {

struct LrScheduleOptions {
  double learning_rate = 5e-6;
  std::string schedule = "constant"; ///< after the warm-up: constant, linear (to 0) or cosine (half a wave, to 0)
  std::int64_t warmup_steps = 0;     ///< from 0 in equal steps
};

/// @param step from 0  @param steps of the whole training  @throws LogicError for an unknown schedule
double learning_rate(const LrScheduleOptions& options, std::int64_t step, std::int64_t steps);

} // namespace cxr
