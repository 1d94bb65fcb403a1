/// @file
/// Pictures of fixed prompts with fixed noise in the course of a training: what the model has learned so far.
#pragma once

#include <torch/types.h>

#include <CLI/CLI.hpp>

#include <filesystem>
#include <string>
#include <vector>

#include "models/unet_2d_condition.h"

namespace cxr {

struct ValidationImagesOptions {
  std::vector<std::string> prompts; ///< --validation-prompt; none: no pictures
  std::int64_t images = 4;          ///< of each prompt
  std::int64_t steps = 25;          ///< of DPM-Solver++
  double guidance = 7.5;
};

void add_validation_images_options(CLI::App& app, ValidationImagesOptions& options);

/// What draws them, but for the U-Net.
struct ValidationSampling {
  std::filesystem::path model;            ///< whose autoencoder and scheduler are taken
  at::Tensor conditions, negative;        ///< [P,S,D] of the prompts, [1,S,D] of the empty one
  std::vector<std::int64_t> latent_shape; ///< [C,h,w]
  std::uint64_t seed = 0;
};

/// Writes RUN/validation/step-00000100.png, a row a prompt. One that cannot be drawn (too little memory, latents that are not
/// finite) becomes a warning: a picture never costs a training. @throws Interrupted; std::system_error if it cannot be written: the
/// checkpoint is, and the same command draws it again
void write_validation_images(const ValidationImagesOptions& options, UNet2DCondition& unet, const ValidationSampling& sampling,
                             const std::filesystem::path& run, std::int64_t step);

} // namespace cxr
