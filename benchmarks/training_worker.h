/// @file
/// Training steps of benchmarks/side_by_side.py's worker, on random images, latents and captions.
#pragma once

#include <filesystem>

#include "experiments/inverted_token.h"
#include "models/autoencoder_kl.h"
#include "models/unet_2d_condition.h"
#include "training/adamw.h"
#include "training/denoising.h"

namespace cxr::bench {

/// U-Net fine-tuning: forward, mean squared error, backward, clipping to norm 1, AdamW. float32 masters whatever the type.
class UNetTraining {
 public:
  /// @param folder Stable Diffusion's  @param load the type that the networks compute in
  UNetTraining(const std::filesystem::path& folder, const LoadOptions& load);
  /// Latents and conditions are there already. @param pixels side of the images, eight a latent
  void step(std::int64_t batch, std::int64_t pixels);
  /// Images and captions are encoded first.
  void step_uncached(std::int64_t batch, std::int64_t pixels);

 private:
  void step(const at::Tensor& latents, const at::Tensor& condition);

  std::filesystem::path folder_;
  LoadOptions load_;
  UNet2DCondition unet_;
  std::vector<TrainedParameter> parameters_;
  NoiseSchedule schedule_;
  AdamW optimizer_;
  AutoencoderKL vae_{nullptr};        ///< from the first step_uncached() on
  std::unique_ptr<TextEncoder> text_; ///< likewise
  std::int64_t steps_ = 0;
};

/// Textual inversion: one row of CLIP's token table is the only parameter.
class TextualInversion {
 public:
  TextualInversion(const std::filesystem::path& folder, const LoadOptions& load);
  void step(std::int64_t batch, std::int64_t pixels);
  /// AdamW alone, on the gradient of the last step.
  void optimizer_step();

 private:
  LoadOptions load_;
  InvertedToken token_;
  UNet2DCondition unet_;
  NoiseSchedule schedule_;
  AdamW optimizer_;
  std::int64_t steps_ = 0;
};

} // namespace cxr::bench
