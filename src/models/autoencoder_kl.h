/// @file
/// The variational autoencoder of Stable Diffusion (Rombach et al. 2022), with diffusers' AutoencoderKL's names and config.
#pragma once

#include <filesystem>

#include "models/vae_blocks.h"

namespace cxr {

/// The fields of `vae/config.json` that shape the network. SD 1.x and 2.x.
struct AutoencoderKLOptions {
  std::int64_t in_channels = 3, out_channels = 3, latent_channels = 4;
  std::vector<std::int64_t> block_out_channels = {128, 256, 512, 512};
  std::int64_t layers_per_block = 2;
  std::int64_t norm_num_groups = 32;
  std::int64_t sample_size = 32;   ///< side of the images that it was trained on, and of a tile (models/tiled_vae.h)
  double scaling_factor = 0.18215; ///< what a U-Net's latents are multiplied by; older configurations lack it
  bool mid_block_add_attention = true, use_quant_conv = true, use_post_quant_conv = true;

  /// @param config vae/config.json  @throws InputError for a field that is absent, of a wrong type or not supported
  static AutoencoderKLOptions read(const std::filesystem::path& config);

  /// How many pixels of the image one latent pixel stands for, along a side.
  std::int64_t factor() const { return std::int64_t{1} << (block_out_channels.size() - 1); }
};

/// Keys: conv_in, down_blocks.i, mid_block, conv_norm_out, conv_out.
class VaeEncoderImpl : public torch::nn::Module {
 public:
  explicit VaeEncoderImpl(const AutoencoderKLOptions& options);
  /// @param sample [N,3,H,W]  @return [N,2·latent,H/f,W/f]
  at::Tensor forward(const at::Tensor& sample);

 private:
  nn::Conv2d conv_in{nullptr}, conv_out{nullptr};
  torch::nn::ModuleList down_blocks{nullptr};
  UNetMidBlock2D mid_block{nullptr};
  nn::GroupNorm conv_norm_out{nullptr};
};
TORCH_MODULE(VaeEncoder);

/// Keys: conv_in, mid_block, up_blocks.i, conv_norm_out, conv_out.
class VaeDecoderImpl : public torch::nn::Module {
 public:
  explicit VaeDecoderImpl(const AutoencoderKLOptions& options);
  /// @param latents [N,latent,h,w]  @return [N,3,f·h,f·w]
  at::Tensor forward(const at::Tensor& latents);

 private:
  nn::Conv2d conv_in{nullptr}, conv_out{nullptr};
  UNetMidBlock2D mid_block{nullptr};
  torch::nn::ModuleList up_blocks{nullptr};
  nn::GroupNorm conv_norm_out{nullptr};
};
TORCH_MODULE(VaeDecoder);

/// A normal distribution with a diagonal covariance over latents [N,latent,h,w].
struct DiagonalGaussian {
  at::Tensor mean, logvar; ///< logvar clamped to [-30, 20]

  /// @param moments [N,2·latent,h,w]: mean and log-variance
  explicit DiagonalGaussian(const at::Tensor& moments);
  /// mean + exp(logvar / 2) · noise. @param noise standard normal, the mean's shape
  at::Tensor sample(const at::Tensor& noise) const { return mean + (0.5 * logvar).exp() * noise; }
};

/// Keys: encoder, decoder, quant_conv, post_quant_conv.
class AutoencoderKLImpl : public torch::nn::Module {
 public:
  explicit AutoencoderKLImpl(AutoencoderKLOptions options);

  /// @param sample [N,3,H,W] in [-1, 1]  @return the posterior's moments [N,2·latent,H/f,W/f]
  at::Tensor encode(const at::Tensor& sample);
  /// @param latents [N,latent,h,w], without the scaling factor  @return [N,3,f·h,f·w], about [-1, 1]
  at::Tensor decode(const at::Tensor& latents);

  const AutoencoderKLOptions& options() const { return options_; }

 private:
  AutoencoderKLOptions options_;
  VaeEncoder encoder{nullptr};
  VaeDecoder decoder{nullptr};
  nn::Conv2d quant_conv{nullptr}, post_quant_conv{nullptr};
};
TORCH_MODULE(AutoencoderKL);

} // namespace cxr
