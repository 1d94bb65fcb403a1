/// @file
/// The blocks of the Stable Diffusion U-Net (diffusers: DownBlock2D, CrossAttnDownBlock2D, UNetMidBlock2DCrossAttn, UpBlock2D,
/// CrossAttnUpBlock2D). A block with cross-attention is one without, and a transformer after each ResNet block.
#pragma once

#include <torch/nn/modules/container/modulelist.h>

#include "nn/resample.h"
#include "nn/resnet_block.h"
#include "nn/transformer_2d.h"

namespace cxr {

/// What shapes one block.
struct UNetBlockOptions {
  std::int64_t layers; ///< ResNet blocks
  std::int64_t time_channels;
  double norm_eps;
  std::int64_t heads; ///< of the transformers; 0: a block without
  nn::TransformerShape transformer;
  std::int64_t downsample_padding = 1; ///< of a down block (nn::Downsample2D)
};

/// What every block of one call sees besides its input.
struct UNetCondition {
  at::Tensor time;          ///< the time embedding [N,time_channels], or [1,time_channels] for all
  at::Tensor text;          ///< the condition [N,S,cross_attention_dim]
  bool checkpoints = false; ///< backward runs each ResNet block and transformer again (nn/autograd/checkpoint.h)
};

/// ResNet blocks and transformers, then a halving unless it is the last. Keys: resnets.i, attentions.i, downsamplers.0.
class UNetDownBlock2DImpl : public torch::nn::Module {
 public:
  UNetDownBlock2DImpl(std::int64_t in_channels, std::int64_t out_channels, bool add_downsample, const UNetBlockOptions& options);
  /// @param x [N,in,H,W]  @param skips gains the result of each layer and of the halving
  /// @return [N,out,(H+1)/2,(W+1)/2], or [N,out,H,W] without the downsampler
  at::Tensor forward(at::Tensor x, const UNetCondition& condition, std::vector<at::Tensor>& skips);

 private:
  torch::nn::ModuleList resnets{nullptr}, attentions{nullptr}, downsamplers{nullptr};
};
TORCH_MODULE(UNetDownBlock2D);

/// ResNet block, transformer, ResNet block. Keys: resnets.{0,1}, attentions.0.
class UNetMidBlock2DCrossAttnImpl : public torch::nn::Module {
 public:
  UNetMidBlock2DCrossAttnImpl(std::int64_t channels, const UNetBlockOptions& options);
  /// @param x [N,C,H,W]  @return [N,C,H,W]
  at::Tensor forward(at::Tensor x, const UNetCondition& condition);

 private:
  torch::nn::ModuleList resnets{nullptr}, attentions{nullptr};
};
TORCH_MODULE(UNetMidBlock2DCrossAttn);

/// ResNet blocks, each of which sees a skip beside its input, and transformers; then a doubling unless it is the last.
/// Keys: resnets.i, attentions.i, upsamplers.0.
class UNetUpBlock2DImpl : public torch::nn::Module {
 public:
  /// @param previous_channels of the input  @param skip_channels of the last skip; the others have `out_channels`
  UNetUpBlock2DImpl(std::int64_t previous_channels, std::int64_t skip_channels, std::int64_t out_channels, bool add_upsample,
                    const UNetBlockOptions& options);
  /// @param x [N,previous,H,W]  @param skips what the down blocks left; loses one a ResNet block from its end
  /// @return [N,out,H',W'], the size of the skips that are left after this block, or [N,out,H,W] without the upsampler
  at::Tensor forward(at::Tensor x, const UNetCondition& condition, std::vector<at::Tensor>& skips);

 private:
  torch::nn::ModuleList resnets{nullptr}, attentions{nullptr}, upsamplers{nullptr};
};
TORCH_MODULE(UNetUpBlock2D);

} // namespace cxr
