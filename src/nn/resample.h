/// @file
/// Halving and doubling of images (diffusers: Downsample2D and Upsample2D with a convolution).
#pragma once

#include "nn/conv2d.h"

namespace cxr::nn {

/// A 3×3 convolution of stride 2. Keys: conv.
class Downsample2DImpl : public torch::nn::Module {
 public:
  /// @param padding 1 pads all sides (U-Net); 0 pads right and bottom only (VAE)
  Downsample2DImpl(std::int64_t channels, std::int64_t padding);
  /// @param x [N,C,H,W]  @return [N,C,H/2,W/2]
  at::Tensor forward(const at::Tensor& x);

 private:
  std::int64_t padding_;
  Conv2d conv{nullptr};
};
TORCH_MODULE(Downsample2D);

/// Nearest-neighbour doubling and a 3×3 convolution. Keys: conv.
/// On a CPU without autograd it runs as four 2×2 convolutions of the small image, one for each parity of row and column: the nine
/// weights fall on only four distinct pixels there, so their sums do 4/9 of the arithmetic.
class Upsample2DImpl : public torch::nn::Module {
 public:
  explicit Upsample2DImpl(std::int64_t channels);
  /// @param x [N,C,H,W]  @param size of the result where it is not the double: a U-Net doubles (h+1)/2 to an odd h
  /// @return [N,C,2H,2W] or [N,C,size]
  at::Tensor forward(const at::Tensor& x, at::IntArrayRef size = {});

 private:
  at::Tensor forward_by_parity(const at::Tensor& x);

  Conv2d conv{nullptr};
  std::array<onednn::PackedWeight, 4> packed_; // row parity · 2 + column parity
};
TORCH_MODULE(Upsample2D);

} // namespace cxr::nn
