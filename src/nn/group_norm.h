/// @file
/// Group normalisation (Wu and He 2018), alone or followed by SiLU, in one reading and one read-write pass over memory.
#pragma once

#include <torch/nn/modules/normalization.h>

namespace cxr::nn {

/// Parameters `weight` [C] and `bias` [C], as torch::nn::GroupNorm.
class GroupNormImpl : public torch::nn::GroupNormImpl {
 public:
  using torch::nn::GroupNormImpl::GroupNormImpl;
  /// @param x [N,C,H,W]  @return the same shape
  at::Tensor forward(const at::Tensor& x);
  /// silu(forward(x))
  at::Tensor forward_silu(const at::Tensor& x);
};
TORCH_MODULE(GroupNorm);

/// The fused kernel for CPU inference. @param x [N,C,H,W], channels last, float32 or bfloat16  @param weight, bias [C]
/// Sums run in fixed blocks of pixels, so the result does not depend on the number of threads, and about a shift, so that it stays
/// exact where the mean is a hundred times the deviation: LibTorch's own channels-last kernel is 1 % off there.
at::Tensor fused_group_norm(const at::Tensor& x, std::int64_t groups, const at::Tensor& weight, const at::Tensor& bias, double eps,
                            bool silu);

} // namespace cxr::nn
