/// @file
/// The loss that a denoiser is trained by (Ho et al. 2020, equation 14; diffusers: examples/text_to_image/train_text_to_image.py):
/// what the U-Net tells of a noisy latent against what it should.
#pragma once

#include <span>

#include "core/rng.h"
#include "diffusion/noise_schedule.h"
#include "models/unet_2d_condition.h"
#include "training/objective.h"

namespace cxr {

struct DenoisingOptions {
  double min_snr_gamma = 0; ///< γ of denoising_weights(); 0: equal weights
  double noise_offset = 0;  ///< of a constant a channel, added to the noise (Guttenberg 2023)
  Prediction prediction = Prediction::kEpsilon;
};

/// What a draw adds to a latent, keyed by (seed, draw.number), drawn on the host.
struct DrawnNoise {
  at::Tensor noise;     ///< float32 [n,C,h,w]
  at::Tensor timesteps; ///< int64 [n], on the host, 0 … schedule.size() - 1
};
DrawnNoise draw_noise(std::span<const Draw> draws, at::IntArrayRef latent_shape, std::uint64_t seed, double noise_offset,
                      std::int64_t timesteps);

/// The weight of each sample's error (Hang et al. 2023; diffusers: compute_snr): min(γ, SNR) / SNR for a network that tells the
/// noise, / (SNR + 1) for one that tells the velocity, min(γ, SNR) for one that tells the image. SNR = ᾱ_t / (1 - ᾱ_t).
/// @param timesteps int64 [n], on the host  @return float32 [n], there too
at::Tensor denoising_weights(const NoiseSchedule& schedule, const DenoisingOptions& options, const at::Tensor& timesteps);

/// Squared error of each sample, mean over its elements, times its weight; in float32 whatever the U-Net computes in.
/// @param latents float32 [n,C,h,w], with the scaling factor  @param condition [n,S,D]: the U-Net runs in its dtype
/// @return float32 [n]
at::Tensor denoising_losses(UNet2DCondition& unet, const NoiseSchedule& schedule, const DenoisingOptions& options,
                            const at::Tensor& latents, const at::Tensor& condition, const DrawnNoise& drawn);

} // namespace cxr
