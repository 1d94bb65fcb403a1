/// @file
/// Ancestral sampling of a denoising diffusion model (Ho et al. 2020, algorithm 2; diffusers' DDPMScheduler), over any timesteps.
#pragma once

#include "diffusion/noise_schedule.h"
#include "diffusion/scheduler.h"
#include "diffusion/timesteps.h"

namespace cxr {

/// The variance of q(x_s | x_t), s the timestep before t (Ho et al. 2020, section 3.2).
enum class DdpmVariance {
  kSmall, ///< of q(x_s | x_t, x_0): (1 - ᾱ_s) / (1 - ᾱ_t) · β
  kLarge, ///< β = 1 - ᾱ_t / ᾱ_s
};

struct DdpmOptions {
  NoiseScheduleOptions noise;
  Prediction prediction = Prediction::kEpsilon;
  TimestepSpacing spacing = TimestepSpacing::kLeading;
  std::int64_t steps_offset = 0;
  DdpmVariance variance = DdpmVariance::kSmall;
  double clip = 0; ///< largest magnitude that the predicted x_0 may have; 0: any, as in latent space
};

class Ddpm final : public Scheduler {
 public:
  explicit Ddpm(DdpmOptions options);

  void set_timesteps(std::int64_t steps) override;
  const std::vector<std::int64_t>& timesteps() const override { return timesteps_; }
  bool draws_noise() const override { return true; }
  /// Ho et al. 2020, equation 7, with noise unless the timestep is 0.
  at::Tensor step(const at::Tensor& model_output, std::size_t index, const at::Tensor& sample, const at::Tensor& noise) override;

 private:
  DdpmOptions options_;
  NoiseSchedule schedule_;
  std::vector<std::int64_t> timesteps_;
};

} // namespace cxr
