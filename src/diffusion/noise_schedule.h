/// @file
/// How much noise a sample holds at each timestep: the forward process q(x_t | x_0) = N(√ᾱ_t x_0, (1 - ᾱ_t) I), ᾱ_t the product of
/// 1 - β_s for s ≤ t (Ho et al. 2020, equation 4).
#pragma once

#include <torch/types.h>

#include <string>
#include <vector>

#include "diffusion/prediction.h"

namespace cxr {

/// The fields of scheduler_config.json that shape the process.
struct NoiseScheduleOptions {
  std::int64_t train_timesteps = 1000; ///< `num_train_timesteps`
  double beta_start = 0.0001, beta_end = 0.02;
  /// "linear" (Ho et al. 2020), "scaled_linear" (linear in √β; Rombach et al. 2022) or "squaredcos_cap_v2" (Nichol and Dhariwal
  /// 2021)
  std::string beta_schedule = "linear";
  std::vector<double> trained_betas; ///< in place of the above where not empty
  /// `rescale_betas_zero_snr`: shifted and scaled so that the last timestep is pure noise (Lin et al. 2024, algorithm 1)
  bool zero_terminal_snr = false;
};

/// ᾱ_t for t = 0 … train_timesteps - 1, the same float32 as diffusers'.
class NoiseSchedule {
 public:
  /// @throws LogicError for an unknown beta schedule (make_scheduler refuses it by name before)
  explicit NoiseSchedule(const NoiseScheduleOptions& options);

  std::int64_t size() const { return std::ssize(values_); }
  /// ᾱ_t. @param t 0 … size() - 1
  float alpha_bar(std::int64_t t) const { return values_.at(static_cast<std::size_t>(t)); }
  /// √ᾱ_t and √(1 - ᾱ_t).
  SignalAndNoise at(std::int64_t t) const;
  /// float32 [size()] on the CPU.
  const at::Tensor& alphas_cumprod() const { return alphas_cumprod_; }

  /// √ᾱ_t x_0 + √(1 - ᾱ_t) ε, what a denoiser is trained on. @param original, noise [N,…]  @param timesteps int64 [N], on the host
  at::Tensor add_noise(const at::Tensor& original, const at::Tensor& noise, const at::Tensor& timesteps) const;
  /// v = √ᾱ_t ε - √(1 - ᾱ_t) x_0, what a denoiser of Prediction::kVelocity is trained to tell.
  at::Tensor velocity(const at::Tensor& original, const at::Tensor& noise, const at::Tensor& timesteps) const;

 private:
  at::Tensor alphas_cumprod_;
  std::vector<float> values_;
};

} // namespace cxr
