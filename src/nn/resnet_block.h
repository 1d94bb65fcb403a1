/// @file
/// The residual block of the VAE (diffusers: ResnetBlock2D without a time embedding).
#pragma once

#include "nn/conv2d.h"
#include "nn/group_norm.h"

namespace cxr::nn {

/// norm1 → SiLU → conv1 → norm2 → SiLU → conv2, plus the input (through conv_shortcut where the channels differ).
class ResnetBlock2DImpl : public torch::nn::Module {
 public:
  ResnetBlock2DImpl(std::int64_t in_channels, std::int64_t out_channels, std::int64_t groups, double eps);
  /// @param x [N,in,H,W]  @return [N,out,H,W]
  at::Tensor forward(const at::Tensor& x);

 private:
  GroupNorm norm1{nullptr}, norm2{nullptr};
  Conv2d conv1{nullptr}, conv2{nullptr}, conv_shortcut{nullptr};
};
TORCH_MODULE(ResnetBlock2D);

} // namespace cxr::nn
