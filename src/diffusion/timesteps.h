/// @file
/// Which of the training's timesteps a sampler visits (Lin et al. 2024, table 2), with numpy's rounding as in diffusers.
#pragma once

#include <cstdint>
#include <vector>

namespace cxr {

/// diffusers' `timestep_spacing`.
enum class TimestepSpacing {
  kLeading,  ///< 0, r, 2r, … with r = ⌊count / steps⌋, plus `steps_offset`
  kTrailing, ///< from the last timestep downwards
  kLinspace, ///< evenly from the first to the last, both among them
};

/// `steps` timesteps of 0 … count - 1, falling.
/// @param offset added where the spacing is kLeading  @throws InputError (`--steps`) where there are not that many
std::vector<std::int64_t> spaced_timesteps(TimestepSpacing spacing, std::int64_t steps, std::int64_t count, std::int64_t offset);

/// kTrailing spacing of `steps` over all of `count` timesteps, but from the last of the first `usable` downwards: fewer where it
/// ends early.
std::vector<std::int64_t> trailing_timesteps(std::int64_t steps, std::int64_t count, std::int64_t usable);

/// Refuses fewer steps than `least` and more than the training had. @throws InputError (`--steps`)
void check_steps(std::int64_t steps, std::int64_t least, std::int64_t count);

} // namespace cxr
