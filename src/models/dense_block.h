/// @file
/// DenseNet's blocks (Huang et al. 2017; torchvision's and torchxrayvision's names).
#pragma once

#include "nn/batch_norm.h"

namespace cxr {

/// norm1 → ReLU → conv1 (1×1) → norm2 → ReLU → conv2 (3×3): `growth` new channels from all that came before.
class DenseLayerImpl : public torch::nn::Module {
 public:
  DenseLayerImpl(std::int64_t in_channels, std::int64_t growth, std::int64_t bn_size);
  /// @param x [N,in,H,W], may be a slice of the channels of a wider tensor  @return [N,growth,H,W]
  at::Tensor forward(const at::Tensor& x);

 private:
  nn::BatchNorm norm1{nullptr}, norm2{nullptr};
  nn::Conv2d conv1{nullptr}, conv2{nullptr};
  nn::FoldedConv folded1_;
};
TORCH_MODULE(DenseLayer);

/// Keys: denselayer1, denselayer2, …
class DenseBlockImpl : public torch::nn::Module {
 public:
  DenseBlockImpl(std::int64_t layers, std::int64_t in_channels, std::int64_t growth, std::int64_t bn_size);
  /// @param x [N,in,H,W]  @return [N,in + layers·growth,H,W], channels last. Layers write side by side into it: nothing is joined.
  at::Tensor forward(const at::Tensor& x);

 private:
  std::int64_t growth_;
  std::vector<DenseLayer> layers_;
};
TORCH_MODULE(DenseBlock);

/// norm → ReLU → conv (1×1) → average pooling 2×2. The pooling runs before the convolution, with which it commutes: a quarter of
/// the arithmetic.
class TransitionImpl : public torch::nn::Module {
 public:
  TransitionImpl(std::int64_t in_channels, std::int64_t out_channels);
  /// @param x [N,in,H,W]  @return [N,out,H/2,W/2]
  at::Tensor forward(const at::Tensor& x);

 private:
  nn::BatchNorm norm{nullptr};
  nn::Conv2d conv{nullptr};
};
TORCH_MODULE(Transition);

} // namespace cxr
