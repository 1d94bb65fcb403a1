/// @file
/// An adapted U-Net as diffusers keeps one: unet/config.json and unet/diffusion_pytorch_model.safetensors.
#pragma once

#include <filesystem>

#include "io/state_dict.h"

namespace cxr {

/// Writes `target`, whole or not at all; one that is there is replaced.
/// @param weights float32, by diffusers' names  @param source the folder of the U-Net that was adapted: its configuration is kept,
///   with its path as `_name_or_path`
void write_unet_folder(const StateDict& weights, const std::filesystem::path& source, const std::filesystem::path& target);

} // namespace cxr
