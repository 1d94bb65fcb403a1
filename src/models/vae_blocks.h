/// @file
/// The blocks of AutoencoderKL's encoder and decoder (diffusers: DownEncoderBlock2D, UNetMidBlock2D, UpDecoderBlock2D).
#pragma once

#include <torch/nn/modules/container/modulelist.h>

#include "nn/attention.h"
#include "nn/resample.h"
#include "nn/resnet_block.h"

namespace cxr {

/// What all blocks of one VAE share.
struct VaeBlockOptions {
  std::int64_t norm_num_groups;
  std::int64_t layers; ///< ResNet blocks in this block
  double norm_eps = 1e-6;
};

/// ResNet blocks, then a halving unless it is the last. Keys: resnets.i, downsamplers.0.
class DownEncoderBlock2DImpl : public torch::nn::Module {
 public:
  DownEncoderBlock2DImpl(std::int64_t in_channels, std::int64_t out_channels, bool add_downsample, const VaeBlockOptions& options);
  /// @param x [N,in,H,W]  @return [N,out,H/2,W/2], or [N,out,H,W] without the downsampler
  at::Tensor forward(at::Tensor x);

 private:
  torch::nn::ModuleList resnets{nullptr}, downsamplers{nullptr};
};
TORCH_MODULE(DownEncoderBlock2D);

/// ResNet block, self-attention, ResNet block. Keys: resnets.{0,1}, attentions.0.
class UNetMidBlock2DImpl : public torch::nn::Module {
 public:
  UNetMidBlock2DImpl(std::int64_t channels, bool add_attention, const VaeBlockOptions& options);
  /// @param x [N,C,H,W]  @return [N,C,H,W]
  at::Tensor forward(at::Tensor x);

 private:
  torch::nn::ModuleList resnets{nullptr}, attentions{nullptr};
};
TORCH_MODULE(UNetMidBlock2D);

/// ResNet blocks, then a doubling unless it is the last. Keys: resnets.i, upsamplers.0.
class UpDecoderBlock2DImpl : public torch::nn::Module {
 public:
  UpDecoderBlock2DImpl(std::int64_t in_channels, std::int64_t out_channels, bool add_upsample, const VaeBlockOptions& options);
  /// @param x [N,in,H,W]  @return [N,out,2H,2W], or [N,out,H,W] without the upsampler
  at::Tensor forward(at::Tensor x);

 private:
  torch::nn::ModuleList resnets{nullptr}, upsamplers{nullptr};
};
TORCH_MODULE(UpDecoderBlock2D);

} // namespace cxr
