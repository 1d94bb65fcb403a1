/// @file
/// Model folders in the Hugging Face layout: which file holds the weights, and strict loading into a module.
#pragma once

#include <torch/nn/module.h>

#include <filesystem>

#include "io/state_dict.h"

namespace cxr {

struct LoadOptions {
  at::ScalarType dtype = at::kFloat; ///< float32, bfloat16 or float16
  at::Device device = at::kCPU;
  bool check_finite = false; ///< refuse weights that are not finite: reads all of them
};

/// The weights of a folder: `diffusion_pytorch_model` or `model` or `pytorch_model`, as .safetensors, .safetensors.index.json,
/// .bin, .bin.index.json or .fp16.* (in that order), or the path itself if it is a file.
/// @throws InputError naming what was looked for
std::filesystem::path find_weights(const std::filesystem::path& folder_or_file);

/// SHA-256 of the weights that find_weights() finds, all files of a sharded index: what tells one model's results from
/// another's. Call it on weights that load.
std::string weights_digest(const std::filesystem::path& folder_or_file);

/// SHA-256 of a folder's config.json, which decides as much as its weights; empty for a file, or a folder without one.
std::string config_digest(const std::filesystem::path& folder_or_file);

/// The folder that holds the autoencoder: `vae/` of a Stable Diffusion folder, or the folder itself.
std::filesystem::path vae_folder(const std::filesystem::path& folder);

/// The folder that holds the denoiser: `unet/` of a Stable Diffusion folder, or the folder itself.
std::filesystem::path unet_folder(const std::filesystem::path& folder);

/// Gives every parameter and buffer of `module` its tensor in `state`; then the module is in evaluation mode without gradients.
/// Tensors of the right kind are taken over, not copied: mapped weights are read from disk as they are used.
/// Tolerated: position_ids and num_batches_tracked on either side.
/// @throws InputError that lists every missing, unexpected and mis-shaped key, and integers where the module has none; and, with
///   options.check_finite, that names the first tensor with a number that is not finite
void load_state_dict(torch::nn::Module& module, const StateDict& state, const std::string& source, const LoadOptions& options = {});

/// AutoencoderKL's attention names before diffusers 0.18 (query, key, value, proj_attn; weights [C,C] or [C,C,1,1]) as today's.
StateDict with_current_attention_names(StateDict state);

class AutoencoderKL;
class BertModel;
class ClipTextModel;
class DenseNet;
class InceptionV3;
class UNet2DCondition;

/// @param folder a Stable Diffusion folder (its vae/ is taken) or the vae folder itself
AutoencoderKL load_autoencoder_kl(const std::filesystem::path& folder, const LoadOptions& options = {});
/// @param folder a Stable Diffusion folder (its unet/ is taken) or the unet folder itself
UNet2DCondition load_unet_2d_condition(const std::filesystem::path& folder, const LoadOptions& options = {});
/// @param folder of model_type bert, roberta or cxr-bert. With and without a `bert.` or `roberta.` prefix, pooler, projection head
BertModel load_bert_model(const std::filesystem::path& folder, const LoadOptions& options = {});
/// @param folder of model_type clip or clip_text_model. With and without a `text_model.` prefix, text projection, image half
ClipTextModel load_clip_text_model(const std::filesystem::path& folder, const LoadOptions& options = {});
/// @param folder config.json and weights with torchxrayvision's keys
DenseNet load_densenet(const std::filesystem::path& folder, const LoadOptions& options = {});
/// @param path a checkpoint with pytorch-fid's keys, or a folder that holds one
InceptionV3 load_inception_v3(const std::filesystem::path& path, const LoadOptions& options = {});
/// Random weights, keyed by `seed`: what stands in where no Inception weights are given. Distances in its features are finite and
/// repeatable, and compare with nothing published.
/// @param tap the highest whose features are asked for: layers beyond it stay zero, and most of the network's weights lie there
InceptionV3 random_inception_v3(std::uint64_t seed, const LoadOptions& options = {}, std::int64_t tap = 2048);

} // namespace cxr
