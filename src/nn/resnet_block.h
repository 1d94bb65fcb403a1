/// @file
/// The residual block of the VAE and of the U-Net (diffusers: ResnetBlock2D).
#pragma once

#include "nn/conv2d.h"
#include "nn/group_norm.h"
#include "nn/linear.h"

namespace cxr::nn {

/// norm1 → SiLU → conv1 → norm2 → SiLU → conv2, plus the input (through conv_shortcut where the channels differ). In a U-Net the
/// time embedding, through SiLU and time_emb_proj, is added to conv1's channels.
class ResnetBlock2DImpl : public torch::nn::Module {
 public:
  /// @param time_channels of the time embedding; 0: none
  ResnetBlock2DImpl(std::int64_t in_channels, std::int64_t out_channels, std::int64_t groups, double eps,
                    std::int64_t time_channels = 0);
  /// @param x [N,in,H,W]  @param time [N,time_channels], or [1,time_channels] for all; undefined where there is none
  /// @return [N,out,H,W]
  at::Tensor forward(const at::Tensor& x, const at::Tensor& time = {});

 private:
  at::Tensor first_convolution(const at::Tensor& x, const at::Tensor& time);

  GroupNorm norm1{nullptr}, norm2{nullptr};
  Conv2d conv1{nullptr}, conv2{nullptr}, conv_shortcut{nullptr};
  Linear time_emb_proj{nullptr};
};
TORCH_MODULE(ResnetBlock2D);

} // namespace cxr::nn
