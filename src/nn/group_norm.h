/// @file
/// Group normalisation (Wu and He 2018), alone or followed by SiLU.
#pragma once

#include <torch/nn/modules/normalization.h>

namespace cxr::nn {

/// Parameters `weight` [C] and `bias` [C], as torch::nn::GroupNorm.
class GroupNormImpl : public torch::nn::GroupNormImpl {
 public:
  using torch::nn::GroupNormImpl::GroupNormImpl;
  /// @param x [N,C,H,W]  @return the same shape and memory format
  at::Tensor forward(const at::Tensor& x);
  /// silu(forward(x)), written over the normalised values where autograd does not watch.
  at::Tensor forward_silu(const at::Tensor& x);
};
TORCH_MODULE(GroupNorm);

} // namespace cxr::nn
