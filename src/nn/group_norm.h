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
  at::Tensor forward(const at::Tensor& x) { return normalize(x, false); }
  /// silu(forward(x))
  at::Tensor forward_silu(const at::Tensor& x) { return normalize(x, true); }

 private:
  at::Tensor normalize(const at::Tensor& x, bool silu);
};
TORCH_MODULE(GroupNorm);

/// What a gradient needs of a normalisation: float32 [N,groups] each, 1 / √(variance + ε) in `rstd`.
struct GroupMoments {
  at::Tensor mean, rstd;
};

/// The fused kernel, on a CPU, without a gradient. @param x [N,C,H,W], channels last, float32 or bfloat16  @param weight, bias [C]
/// Sums run in fixed blocks of pixels, so the result does not depend on the number of threads, and about a shift, so that it stays
/// exact where the mean is a hundred times the deviation: LibTorch's own channels-last kernel is 1 % off there.
/// @param moments null: not asked for
at::Tensor fused_group_norm(const at::Tensor& x, std::int64_t groups, const at::Tensor& weight, const at::Tensor& bias, double eps,
                            bool silu, GroupMoments* moments = nullptr);

} // namespace cxr::nn
