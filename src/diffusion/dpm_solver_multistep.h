/// @file
/// DPM-Solver++ (Lu et al. 2022, "DPM-Solver++: Fast solver for guided sampling of diffusion probabilistic models", algorithm 2 and
/// its third order; diffusers' DPMSolverMultistepScheduler with algorithm_type "dpmsolver++"): a multistep method over predictions
/// of x_0, exact for constant ones, in λ = log(signal / noise).
#pragma once

#include <limits>

#include "diffusion/noise_schedule.h"
#include "diffusion/scheduler.h"
#include "diffusion/timesteps.h"

namespace cxr {

struct DpmSolverOptions {
  NoiseScheduleOptions noise;
  Prediction prediction = Prediction::kEpsilon;
  TimestepSpacing spacing = TimestepSpacing::kLinspace;
  std::int64_t steps_offset = 0;
  std::int64_t solver_order = 2; ///< 1 to 3
  bool heun = false;             ///< `solver_type` "heun" in the second order, otherwise "midpoint"
  bool lower_order_final = true; ///< at fewer than 15 steps the last ones are of lower order
  bool euler_at_final = false;   ///< the last step is of first order
  bool end_at_sigma_min = false; ///< `final_sigmas_type` "sigma_min": end with timestep 0's noise, otherwise with none ("zero")
  bool karras = false;           ///< `use_karras_sigmas`: noise levels of Karras et al. 2022, equation 5, with ρ = 7
  /// Timesteps whose λ is lower are left out: the cosine schedule needs about -5.1
  double lambda_min_clipped = -std::numeric_limits<double>::infinity();
};

class DpmSolverMultistep final : public Scheduler {
 public:
  explicit DpmSolverMultistep(DpmSolverOptions options);

  /// @throws InputError (`--steps`) also where two steps would have the same noise
  void set_timesteps(std::int64_t steps) override;
  const std::vector<std::int64_t>& timesteps() const override { return timesteps_; }
  bool draws_noise() const override { return false; }
  at::Tensor step(const at::Tensor& model_output, std::size_t index, const at::Tensor& sample, const at::Tensor& noise) override;

 private:
  /// A noise level: x = signal · (x_0 + sigma · ε).
  struct Level {
    float signal, noise, lambda;
  };
  Level level(std::size_t index) const;
  std::int64_t order_at(std::size_t index) const;
  /// Timesteps with λ above lambda_min_clipped: 0 … this.
  std::int64_t usable_timesteps() const;
  void set_spaced_levels(std::int64_t steps);
  void set_karras_levels(std::int64_t steps);

  at::Tensor first_order(std::size_t index, const at::Tensor& sample) const;
  at::Tensor second_order(std::size_t index, const at::Tensor& sample) const;
  at::Tensor third_order(std::size_t index, const at::Tensor& sample) const;

  DpmSolverOptions options_;
  NoiseSchedule schedule_;
  std::vector<float> train_sigmas_; ///< √((1 - ᾱ_t) / ᾱ_t)
  std::vector<std::int64_t> timesteps_;
  std::vector<float> sigmas_;         ///< of each timestep, and the one to end with
  std::vector<at::Tensor> originals_; ///< predictions of x_0, the newest first, at most solver_order
};

} // namespace cxr
