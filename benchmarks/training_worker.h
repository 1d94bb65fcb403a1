/// @file
/// Training steps of benchmarks/side_by_side.py's worker, at batch 1 unless told otherwise, with random latents and conditions.
#pragma once

#include <filesystem>

#include "models/autoencoder_kl.h"
#include "models/clip_text_model.h"
#include "models/unet_2d_condition.h"
#include "training/adamw.h"

namespace cxr::bench {

/// U-Net fine-tuning: forward, mean squared error, backward, clipping to norm 1, AdamW. float32 masters whatever the type.
class UNetTraining {
 public:
  UNetTraining(const std::filesystem::path& folder, at::ScalarType dtype);
  /// @param pixels side of the image, eight a latent  @param vae encodes an image first, unless null
  void step(std::int64_t batch, std::int64_t pixels, AutoencoderKL* vae);
  /// AdamW alone, on the gradients of the last step().
  void optimizer_step();

 private:
  UNet2DCondition unet_;
  std::vector<TrainedParameter> parameters_;
  at::ScalarType dtype_;
  std::optional<AdamW> optimizer_;
};

/// Textual inversion: one row of CLIP's token table is the only parameter.
class TextualInversion {
 public:
  /// @param folder Stable Diffusion's
  TextualInversion(const std::filesystem::path& folder, at::ScalarType dtype);
  void step(std::int64_t batch, std::int64_t pixels);
  void optimizer_step();

 private:
  UNet2DCondition unet_;
  ClipTextModel text_;
  TrainedParameter row_;
  at::ScalarType dtype_;
  std::optional<AdamW> optimizer_;
};

} // namespace cxr::bench
