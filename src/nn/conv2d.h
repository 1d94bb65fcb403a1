/// @file
/// A 2-D convolution with PyTorch's parameters that runs through oneDNN, with weights packed once and a ReLU or a residual fused
/// where autograd does not watch (nn/onednn.h, nn/autograd/conv2d.h).
#pragma once

#include <torch/nn/module.h>
#include <torch/nn/pimpl.h>

#include "nn/onednn.h"

namespace cxr::nn {

struct Conv2dOptions {
  std::int64_t in_channels, out_channels;
  std::array<std::int64_t, 2> kernel;
  std::array<std::int64_t, 2> stride = {1, 1};
  std::array<std::int64_t, 2> padding = {0, 0}; ///< zeros
  bool bias = true;

  Conv2dOptions(std::int64_t in, std::int64_t out, std::int64_t size) : in_channels(in), out_channels(out), kernel{size, size} {}
  Conv2dOptions(std::int64_t in, std::int64_t out, std::array<std::int64_t, 2> size)
      : in_channels(in), out_channels(out), kernel(size) {}
  Conv2dOptions& with_stride(std::int64_t s) { return stride = {s, s}, *this; }
  Conv2dOptions& with_padding(std::int64_t p) { return padding = {p, p}, *this; }
  Conv2dOptions& with_padding(std::array<std::int64_t, 2> p) { return padding = p, *this; }
  Conv2dOptions& without_bias() { return bias = false, *this; }
};

/// Keys: weight [O,I,kH,kW], bias [O]. Their values are unset until a checkpoint is loaded: drawing random ones for 860 million
/// parameters only to overwrite them takes seconds. A layer computes in the type of its input (nn/linear.h).
class Conv2dImpl : public torch::nn::Module {
 public:
  explicit Conv2dImpl(const Conv2dOptions& options);

  /// @param x [N,I,H,W]  @return [N,O,H',W']
  at::Tensor forward(const at::Tensor& x);
  /// forward(x) + residual; may write over `residual`, which the caller gives up. @param residual [N,O,H',W']
  at::Tensor forward_add(const at::Tensor& x, at::Tensor residual);

  /// forward(x) with `shift` added to the bias. @param shift [O]
  at::Tensor forward_shifted(const at::Tensor& x, const at::Tensor& shift);

  const onednn::ConvShape& shape() const { return shape_; }

  at::Tensor weight, bias;

 private:
  at::Tensor packed(const at::Tensor& x);
  at::Tensor convolve(const at::Tensor& x, const at::Tensor& with_bias);

  onednn::ConvShape shape_;
  onednn::PackedWeight packed_;
};
TORCH_MODULE(Conv2d);

} // namespace cxr::nn
