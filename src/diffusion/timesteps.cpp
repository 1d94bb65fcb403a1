#include "diffusion/timesteps.h"

#include <cmath>

#include "core/error.h"

namespace cxr {
namespace {

// The nearest integer, ties to even.
std::int64_t rounded(double x) { return static_cast<std::int64_t>(std::nearbyint(x)); }

} // namespace

void check_steps(std::int64_t steps, std::int64_t least, std::int64_t count) {
  if (steps >= least && steps <= count) return;
  throw InputError("--steps", "", fmt::format("{} to {}, as many as the model was trained with", least, count),
                   fmt::format("{}", steps));
}

// numpy.arange(usable, 0, -count / steps): its values are start + i · (second - start), which a tie of the rounding shows.
// For some numbers of steps (61 of 1000) numpy's has one value more, next to 0, and diffusers asks for timestep -1: not so here.
std::vector<std::int64_t> trailing_timesteps(std::int64_t steps, std::int64_t count, std::int64_t usable) {
  const auto start = static_cast<double>(usable);
  const double second = start - static_cast<double>(count) / static_cast<double>(steps);
  std::vector<std::int64_t> timesteps;
  for (std::int64_t i = 0; i < steps; ++i) {
    const auto t = rounded(start + static_cast<double>(i) * (second - start));
    if (t > 0) timesteps.push_back(t - 1);
  }
  return timesteps;
}

std::vector<std::int64_t> spaced_timesteps(TimestepSpacing spacing, std::int64_t steps, std::int64_t count, std::int64_t offset) {
  check_steps(steps, 1, count);
  std::vector<std::int64_t> timesteps;
  switch (spacing) {
    case TimestepSpacing::kTrailing:
      return trailing_timesteps(steps, count, count);
    case TimestepSpacing::kLinspace:
      for (std::int64_t i = steps - 1; i >= 0; --i) {
        const double step = steps > 1 ? static_cast<double>(count - 1) / static_cast<double>(steps - 1) : 0;
        timesteps.push_back(rounded(static_cast<double>(i) * step));
      }
      return timesteps;
    case TimestepSpacing::kLeading:
      for (std::int64_t i = steps - 1; i >= 0; --i) timesteps.push_back(i * (count / steps) + offset);
      if (timesteps.front() >= count) check_steps(steps, 1, count - offset);
      return timesteps;
  }
  throw LogicError("spaced_timesteps: no such spacing");
}

} // namespace cxr
