/// @file
/// The denoiser of Stable Diffusion 1.x (Rombach et al. 2022, section 3.3), with diffusers' UNet2DConditionModel's names and
/// config.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "models/unet_blocks.h"
#include "nn/timestep_embedding.h"

namespace cxr {

/// The fields of `unet/config.json` that shape the network.
struct UNet2DConditionOptions {
  std::int64_t sample_size = 64; ///< side of the latents that it was trained on
  std::int64_t in_channels = 4, out_channels = 4;
  std::vector<std::string> down_block_types = {"CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D",
                                               "DownBlock2D"};
  std::vector<std::string> up_block_types = {"UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D"};
  std::vector<std::int64_t> block_out_channels = {320, 640, 1280, 1280};
  std::int64_t layers_per_block = 2;
  std::vector<std::int64_t> heads = {8, 8, 8, 8}; ///< `attention_head_dim`, which in SD 1.x means the number of heads
  std::int64_t downsample_padding = 1;
  std::int64_t cross_attention_dim = 768;
  std::int64_t norm_num_groups = 32;
  double norm_eps = 1e-5;
  bool use_linear_projection = false;
  bool flip_sin_to_cos = true;
  double freq_shift = 0;

  /// @param config unet/config.json  @throws InputError for a field that is absent, of a wrong type or not supported: an unknown
  ///   block type is named with those that are known
  static UNet2DConditionOptions read(const std::filesystem::path& config);
};

/// Computes in the type of its inputs, whatever its parameters' (nn/linear.h).
/// Keys: conv_in, time_embedding, down_blocks.i, mid_block, up_blocks.i, conv_norm_out, conv_out.
class UNet2DConditionImpl : public torch::nn::Module {
 public:
  explicit UNet2DConditionImpl(UNet2DConditionOptions options);

  /// Latents of any size of at least one pixel: doublings return to the sizes that the halvings met, as in diffusers.
  /// @param sample noisy latents [N,in,h,w]  @param timesteps int64 [N], 0 to 999, or [1] for all
  /// @param encoder_hidden_states the condition [N,S,cross_attention_dim], any S  @return [N,out,h,w], the noise (or whatever the
  ///   scheduler's prediction_type says that the network was trained to tell)
  at::Tensor forward(const at::Tensor& sample, const at::Tensor& timesteps, const at::Tensor& encoder_hidden_states);

  /// Activation checkpointing: a training step keeps the input of each ResNet block and its transformer, and runs both again.
  void set_checkpointing(bool on) { checkpointing_ = on; }

  const UNet2DConditionOptions& options() const { return options_; }

 private:
  UNet2DConditionOptions options_;
  bool checkpointing_ = false;
  nn::Conv2d conv_in{nullptr}, conv_out{nullptr};
  nn::TimestepEmbedding time_embedding{nullptr};
  torch::nn::ModuleList down_blocks{nullptr}, up_blocks{nullptr};
  UNetMidBlock2DCrossAttn mid_block{nullptr};
  nn::GroupNorm conv_norm_out{nullptr};
};
TORCH_MODULE(UNet2DCondition);

} // namespace cxr
