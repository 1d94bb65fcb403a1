/// @file
/// Batch normalisation as frozen networks have it: one multiply-add a channel, folded into the convolution before it where
/// there is one, fused with its ReLU where there is none.
#pragma once

#include <torch/nn/modules/batchnorm.h>

#include "nn/conv2d.h"

namespace cxr::nn {

/// Keys: weight, bias, running_mean, running_var [C], num_batches_tracked. Evaluation mode only.
class BatchNormImpl : public torch::nn::BatchNorm2dImpl {
 public:
  explicit BatchNormImpl(std::int64_t channels, double eps = 1e-5);
  /// y = x · scale + offset: scale = weight / √(running_var + eps), offset = bias - running_mean · scale, float32 [C].
  struct Affine {
    at::Tensor scale, offset;
  };
  Affine affine() const;
  /// relu(norm(x)). @param x [N,C,H,W], may be a slice of the channels of a wider channels-last tensor  @return [N,C,H,W]
  at::Tensor forward_relu(const at::Tensor& x);
  /// avg_pool2d(relu(norm(x)), 2, 2). @return [N,C,H/2,W/2]
  at::Tensor forward_relu_pool(const at::Tensor& x);

 private:
  const Affine& cached_affine();
  Affine affine_;
  onednn::PackedWeight affine_source_;
};
TORCH_MODULE(BatchNorm);

/// relu(norm(conv(x))), or norm(conv(x)), with the normalisation folded into the convolution's weights (in float32, once).
class FoldedConv {
 public:
  at::Tensor operator()(Conv2dImpl& conv, BatchNormImpl& norm, const at::Tensor& x, onednn::Fused then = onednn::Fused::kRelu);

 private:
  onednn::PackedWeight packed_;
  at::Tensor bias_;
};

} // namespace cxr::nn
