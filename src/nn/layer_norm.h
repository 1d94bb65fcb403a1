/// @file
/// Layer normalisation as transformers have it: over the last axis.
#pragma once

#include <torch/nn/modules/normalization.h>

#include "nn/onednn.h"

namespace cxr::nn {

/// Keys: weight [C], bias [C]. Computes in the type of its input, whatever its parameters' (nn/linear.h).
class LayerNormImpl : public torch::nn::LayerNormImpl {
 public:
  LayerNormImpl(std::int64_t size, double eps) : torch::nn::LayerNormImpl(torch::nn::LayerNormOptions({size}).eps(eps)) {}

  /// @param x [...,C]  @return [...,C]
  at::Tensor forward(const at::Tensor& x) {
    // On a CPU the kernel takes float32 parameters beside bfloat16, and loses nothing by a cast.
    const auto of = [&](const at::Tensor& parameter) { return x.is_cpu() ? parameter : onednn::in_type_of(x, parameter); };
    return at::layer_norm(x, options.normalized_shape(), of(weight), of(bias), options.eps());
  }
};
TORCH_MODULE(LayerNorm);

} // namespace cxr::nn
