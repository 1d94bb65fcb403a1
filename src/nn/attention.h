/// @file
/// Scaled dot-product attention, and the self-attention block of the VAE.
#pragma once

#include <torch/nn/modules/container/modulelist.h>

#include "nn/group_norm.h"
#include "nn/linear.h"

namespace cxr::nn {

/// softmax(q kᵀ / √d) v of each head, the heads side by side in D as linear layers leave them.
/// On a CPU with AVX-512, without autograd, one pass over the keys for each block of queries; elsewhere LibTorch's fused attention.
/// @param q [N,L,D]  @param k, v [N,S,D], any S; all three may be slices of wider tensors (only the last axis must be dense)
/// @return [N,L,D], contiguous
at::Tensor multi_head_attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, std::int64_t heads);

/// The self-attention of AutoencoderKL's middle block (diffusers: Attention with group_norm and residual_connection).
/// Keys: group_norm, to_q, to_k, to_v, to_out.0. Each pixel is a token; one head.
class VaeAttentionImpl : public torch::nn::Module {
 public:
  VaeAttentionImpl(std::int64_t channels, std::int64_t groups, double eps);
  /// @param x [N,C,H,W]  @return [N,C,H,W]
  at::Tensor forward(const at::Tensor& x);

 private:
  GroupNorm group_norm{nullptr};
  Linear to_q{nullptr}, to_k{nullptr}, to_v{nullptr};
  torch::nn::ModuleList to_out{nullptr};
};
TORCH_MODULE(VaeAttention);

} // namespace cxr::nn
