/// @file
/// Pictures of fixed prompts with fixed noise in the course of a training: what the model has learned so far.
#pragma once

#include <torch/types.h>

#include <CLI/CLI.hpp>

#include <filesystem>
#include <string>
#include <vector>

#include "models/autoencoder_kl.h"
#include "models/unet_2d_condition.h"

namespace cxr {

struct ValidationImagesOptions {
  std::vector<std::string> prompts; ///< --validation-prompt; none: no pictures
  std::int64_t images = 4;          ///< of each prompt
  std::int64_t steps = 25;          ///< of DPM-Solver++
  double guidance = 7.5;
};

void add_validation_images_options(CLI::App& app, ValidationImagesOptions& options);

/// Writes RUN/validation/step-00000100.png, a row a prompt.
/// @param conditions [P,S,D] of the prompts  @param negative [1,S,D] of the empty prompt  @param latent_shape [C,h,w]
void write_validation_images(const ValidationImagesOptions& options, UNet2DCondition& unet, const AutoencoderKL& vae,
                             const std::filesystem::path& scheduler_config, const at::Tensor& conditions, const at::Tensor& negative,
                             at::IntArrayRef latent_shape, std::uint64_t seed, const std::filesystem::path& run, std::int64_t step);

} // namespace cxr
