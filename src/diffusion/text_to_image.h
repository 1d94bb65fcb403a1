/// @file
/// From noise and a condition to pictures: classifier-free guidance (Ho and Salimans 2021) around the U-Net, then the VAE's decoder
/// (diffusers: StableDiffusionPipeline).
#pragma once

#include <functional>
#include <memory>
#include <stdexcept>
#include <string>

#include "diffusion/scheduler.h"
#include "models/autoencoder_kl.h"
#include "models/unet_2d_condition.h"

namespace cxr {

struct SamplingOptions {
  std::int64_t steps = 50;
  double guidance = 7.5;                        ///< 1 or less: none, and the U-Net sees the condition alone
  bool vae_slicing = false, vae_tiling = false; ///< decode one image, one tile at a time (models/tiled_vae.h)
};

/// A number of a sample is NaN or infinite.
class NotFinite : public std::runtime_error {
 public:
  /// @param when "after step 3 of 50"  @param sample which of the batch
  NotFinite(const std::string& when, std::int64_t sample);
  std::int64_t sample() const { return sample_; }

 private:
  std::int64_t sample_;
};

class TextToImage {
 public:
  /// Standard normal noise of one step, the latents' shape.
  using StepNoise = std::function<at::Tensor(std::size_t step)>;
  /// After each step: how many are done, of how many.
  using OnStep = std::function<void(std::size_t done, std::size_t count)>;

  TextToImage(UNet2DCondition unet, AutoencoderKL vae, std::unique_ptr<Scheduler> scheduler, SamplingOptions options);

  /// The denoised latents of a batch, float32 on the CPU, with the scaling factor.
  /// @param noise standard normal float32 [N,C,h,w]  @param condition [N,S,D]
  /// @param negative [N,S,D], what guidance leads away from; unread without guidance
  /// @param step_noise asked only where the scheduler draws noise
  /// @throws NotFinite naming the step and the sample of the batch; std::runtime_error that says what to lower where memory runs
  /// out;
  ///   InputError (`--steps`) where the scheduler has not that many
  at::Tensor latents(const at::Tensor& noise, const at::Tensor& condition, const at::Tensor& negative,
                     const StepNoise& step_noise = {}, const OnStep& on_step = {});
  /// @param latents [N,C,h,w] as latents() returns them  @return float32 [N,3,f·h,f·w] on the CPU, about [-1, 1]
  /// @throws NotFinite, std::runtime_error as latents() does
  at::Tensor images(const at::Tensor& latents);

 private:
  UNet2DCondition unet_;
  AutoencoderKL vae_;
  std::unique_ptr<Scheduler> scheduler_;
  SamplingOptions options_;
};

} // namespace cxr
