/// @file
/// A linear layer with PyTorch's parameters that runs through oneDNN, with weights packed once where autograd does not watch
/// (nn/onednn.h, nn/autograd/linear.h). at::linear goes to MKL, which on AMD processors reaches half of oneDNN's rate.
#pragma once

#include <torch/nn/module.h>
#include <torch/nn/pimpl.h>

#include "nn/onednn.h"

namespace cxr::nn {

/// How a checkpoint holds the weight: [O,I], or [O,I,1,1] where it was written as a 1×1 convolution over an image whose pixels are
/// tokens here.
enum class LinearWeight { kMatrix, kPointwiseConvolution };

/// Keys: weight [O,I] or [O,I,1,1], bias [O]. Their values are unset until a checkpoint is loaded. A layer computes in the type of
/// its input: float32 parameters are cast to a bfloat16 input's, and their gradients arrive in float32.
class LinearImpl : public torch::nn::Module {
 public:
  LinearImpl(std::int64_t in_features, std::int64_t out_features, bool with_bias = true,
             LinearWeight shape = LinearWeight::kMatrix);
  /// @param x [...,I]  @return [...,O]
  at::Tensor forward(const at::Tensor& x);
  /// forward(x) + residual. @param residual [...,O]
  at::Tensor forward_add(const at::Tensor& x, const at::Tensor& residual);

  /// [O,I], whatever the checkpoint's shape.
  at::Tensor matrix() const { return as_matrix(weight); }

  at::Tensor weight, bias;

 private:
  static at::Tensor as_matrix(const at::Tensor& w) { return w.dim() == 2 ? w : w.flatten(1); }
  at::Tensor packed(const at::Tensor& x);

  onednn::PackedWeight packed_;
};
TORCH_MODULE(Linear);

} // namespace cxr::nn
