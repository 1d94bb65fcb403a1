/// @file
/// Attention on processors with AVX-512 and its gradient, over all heads of a batch (kernels/long_attention.h).
#pragma once

#include <torch/types.h>

namespace cxr::nn {

/// Whether this processor has the instructions: float32 and bfloat16 at most.
bool has_fused_attention(at::ScalarType dtype);

struct Attended {
  at::Tensor out;      ///< [N,L,D], contiguous
  at::Tensor log_sums; ///< float32 [N·heads,L], what the gradient needs of each query's softmax
};

/// softmax(q kᵀ / √d) v of each head. @param q [N,L,D]  @param k, v [N,S,D]; only the last axis must be dense
Attended fused_attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, std::int64_t heads);

struct AttentionGradient {
  at::Tensor q, k, v; ///< as q, k, v, contiguous
};

/// @param d_out [N,L,D]. Each head is one thread's work, so that sums do not depend on the number of threads.
AttentionGradient fused_attention_gradient(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, std::int64_t heads,
                                           const Attended& attended, const at::Tensor& d_out);

} // namespace cxr::nn
