/// @file
/// The activation functions of text encoders' feed-forward layers.
#pragma once

#include <torch/types.h>

namespace cxr::nn {

enum class Activation {
  kGelu,      ///< x · Φ(x) (Hendrycks and Gimpel 2016)
  kGeluTanh,  ///< its approximation by tanh
  kQuickGelu, ///< x · sigmoid(1.702 x), OpenAI CLIP's
  kRelu
};

/// The factor in quick GELU's sigmoid.
inline constexpr double kQuickGeluScale = 1.702;

at::Tensor activate(const at::Tensor& x, Activation activation);

} // namespace cxr::nn
