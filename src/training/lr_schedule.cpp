#include "training/lr_schedule.h"

#include <cmath>
#include <numbers>

#include "core/error.h"

namespace cxr {

double learning_rate(const LrScheduleOptions& options, std::int64_t step, std::int64_t steps) {
  if (step < options.warmup_steps) {
    return options.learning_rate * static_cast<double>(step) / static_cast<double>(options.warmup_steps);
  }
  if (options.schedule == "constant") return options.learning_rate;
  // 0 at the end of the warm-up, 1 after the last step.
  const auto after_warmup = static_cast<double>(std::max<std::int64_t>(1, steps - options.warmup_steps));
  const auto progress = std::min(1.0, static_cast<double>(step - options.warmup_steps) / after_warmup);
  if (options.schedule == "linear") return options.learning_rate * (1 - progress);
  expects(options.schedule == "cosine", "learning_rate: there is no schedule {}", options.schedule);
  return options.learning_rate * 0.5 * (1 + std::cos(std::numbers::pi * progress));
}

} // namespace cxr
