/// @file
/// Self-attention within each text of a batch, padded or packed.
#pragma once

#include <torch/types.h>

#include <vector>

namespace cxr::nn {

/// How the texts of a batch lie in its hidden states.
///
/// Padded, [B,L,D]: LibTorch's operators, where autograd watches or on a GPU. Packed, [T,D], T real tokens one text after another:
/// on a CPU without autograd, where every layer but this one works on tokens and padding would be work for nothing.
struct Sequences {
  std::vector<std::int64_t> begins; ///< packed: text i is the tokens [begins[i], begins[i + 1]), B + 1 numbers; padded: empty
  at::Tensor mask;                  ///< padded: bool [B,1,1,L], true for real tokens; undefined if all are
  bool causal = false;              ///< a token attends to itself and those before it; padded, the mask is undefined then

  bool packed() const { return !begins.empty(); }
};

/// softmax(q kᵀ / √d) v of each head of each text. @param qkv [T,3D] or [B,L,3D]: queries, keys, values  @return [T,D] or [B,L,D]
at::Tensor self_attention(const at::Tensor& qkv, std::int64_t heads, const Sequences& sequences);

} // namespace cxr::nn
