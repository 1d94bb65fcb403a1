/// @file
/// What holds between a U-Net and the autoencoder whose latents it denoises, whichever command asks.
#pragma once

#include <filesystem>

namespace cxr {

/// @param unet the U-Net's folder  @param model Stable Diffusion's, or the autoencoder's
/// @throws InputError unless the U-Net reads and tells as many channels as a latent has
void check_latent_channels(const std::filesystem::path& unet, const std::filesystem::path& model);

} // namespace cxr
