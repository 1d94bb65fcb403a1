/// @file
/// What a denoiser was trained to tell, and the noise and the image that follow from it. A noisy sample is
/// x_t = signal · x_0 + noise · ε, with signal = √ᾱ_t and noise = √(1 - ᾱ_t) (Ho et al. 2020, equation 4).
#pragma once

#include <torch/types.h>

#include <string_view>

namespace cxr {

enum class Prediction {
  kEpsilon,  ///< the noise ε (Ho et al. 2020, equation 11)
  kSample,   ///< the image x_0 itself
  kVelocity, ///< v = signal · ε - noise · x_0 (Salimans and Ho 2022, appendix D)
};

/// How much of x_0 and of ε a noisy sample holds.
struct SignalAndNoise {
  float signal, noise;
};

/// x_0 as the model's output tells it. @param output, sample [N,C,h,w], float32
at::Tensor predicted_original(Prediction prediction, const at::Tensor& output, const at::Tensor& sample, SignalAndNoise at);

/// ε as the model's output tells it. @param output, sample [N,C,h,w], float32
at::Tensor predicted_noise(Prediction prediction, const at::Tensor& output, const at::Tensor& sample, SignalAndNoise at);

} // namespace cxr
