/// @file
/// Pseudo numerical methods for diffusion models (Liu et al. 2022; diffusers' PNDMScheduler): a linear multistep method over the
/// last four predictions, Stable Diffusion's own sampler ("PLMS").
#pragma once

#include "diffusion/noise_schedule.h"
#include "diffusion/scheduler.h"
#include "diffusion/timesteps.h"

namespace cxr {

struct PndmOptions {
  NoiseScheduleOptions noise;
  Prediction prediction = Prediction::kEpsilon; ///< kEpsilon or kVelocity
  TimestepSpacing spacing = TimestepSpacing::kLeading;
  std::int64_t steps_offset = 0;
  bool set_alpha_to_one = false; ///< the last step ends at ᾱ = 1; otherwise at timestep 0's
  /// Start with lower orders, which costs one prediction more than there are steps; otherwise with three steps of the Runge-Kutta
  /// method, which cost four predictions each (algorithm 2)
  bool skip_prk_steps = false;
};

class Pndm final : public Scheduler {
 public:
  explicit Pndm(PndmOptions options);

  /// @throws InputError (`--steps`) also for fewer than 4 that start with the Runge-Kutta method
  void set_timesteps(std::int64_t steps) override;
  const std::vector<std::int64_t>& timesteps() const override { return timesteps_; }
  bool draws_noise() const override { return false; }
  at::Tensor step(const at::Tensor& model_output, std::size_t index, const at::Tensor& sample, const at::Tensor& noise) override;

 private:
  at::Tensor runge_kutta_step(const at::Tensor& output, std::size_t index, const at::Tensor& sample);
  at::Tensor multistep(const at::Tensor& output, std::size_t index, at::Tensor sample);
  /// The combination of the last one to four predictions (equation 12 and its lower orders).
  at::Tensor combined_outputs() const;
  /// The sample at timestep `next`, from the one at `t` and the noise in it (equation 11). @param next below 0: the end
  at::Tensor transfer(const at::Tensor& sample, std::int64_t t, std::int64_t next, const at::Tensor& output) const;

  PndmOptions options_;
  NoiseSchedule schedule_;
  std::vector<std::int64_t> timesteps_;
  std::size_t runge_kutta_evaluations_ = 0; ///< how many of timesteps_ belong to the Runge-Kutta start
  std::int64_t stride_ = 0;
  std::vector<at::Tensor> outputs_; ///< predictions at the last whole steps, oldest first, at most four
  at::Tensor start_;                ///< the sample at which the step under way began
  at::Tensor weighted_sum_;         ///< of the evaluations of the Runge-Kutta step under way
};

} // namespace cxr
