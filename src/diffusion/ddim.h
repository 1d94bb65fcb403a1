/// @file
/// Denoising diffusion implicit models (Song et al. 2021, equations 12 and 16; diffusers' DDIMScheduler).
#pragma once

#include "diffusion/noise_schedule.h"
#include "diffusion/scheduler.h"
#include "diffusion/timesteps.h"

namespace cxr {

struct DdimOptions {
  NoiseScheduleOptions noise;
  Prediction prediction = Prediction::kEpsilon;
  TimestepSpacing spacing = TimestepSpacing::kLeading;
  std::int64_t steps_offset = 0;
  bool set_alpha_to_one = true; ///< the last step ends at ᾱ = 1; otherwise at timestep 0's
  double clip = 0;              ///< largest magnitude that the predicted x_0 may have; 0: any, as in latent space
  double eta = 0;               ///< 0: no noise is drawn; 1: as much as DDPM draws
};

class Ddim final : public Scheduler {
 public:
  explicit Ddim(DdimOptions options);

  void set_timesteps(std::int64_t steps) override;
  const std::vector<std::int64_t>& timesteps() const override { return timesteps_; }
  bool draws_noise() const override { return options_.eta > 0; }
  at::Tensor step(const at::Tensor& model_output, std::size_t index, const at::Tensor& sample, const at::Tensor& noise) override;

 private:
  DdimOptions options_;
  NoiseSchedule schedule_;
  std::vector<std::int64_t> timesteps_;
  std::int64_t stride_ = 0; ///< from one timestep to the next, whatever the spacing
};

} // namespace cxr
