/// @file
/// Layer normalisation as text encoders have it: over the last axis.
#pragma once

#include <torch/nn/modules/normalization.h>

namespace cxr::nn {

inline torch::nn::LayerNorm layer_norm(std::int64_t size, double eps) {
  return torch::nn::LayerNorm(torch::nn::LayerNormOptions({size}).eps(eps));
}

} // namespace cxr::nn
