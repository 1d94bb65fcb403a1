/// @file
/// Attention within one short sequence, one head: the products, the softmax and what is masked in one pass over blocks of queries
/// that stay in the first cache. float32 and bfloat16 (as its bits); arithmetic is float32 either way.
#pragma once

#include <cstdint>
#include <vector>

namespace cxr::nn::kernels {

/// What one head of one sequence reads and writes. Rows are tokens; q, k and v share their stride.
template <typename T>
struct AttentionHead {
  const T *q, *k, *v;              ///< [L,d]
  T* out;                          ///< [L,d]
  std::int64_t tokens, width;      ///< L and d
  std::int64_t stride, out_stride; ///< elements between tokens
  bool causal;                     ///< a token attends to itself and those before it
};

/// softmax(q kᵀ / √d) v. @param scratch kept between calls, grown as needed
void attend(const AttentionHead<float>& head, std::vector<float>& scratch);
void attend(const AttentionHead<std::uint16_t>& head, std::vector<float>& scratch);

} // namespace cxr::nn::kernels
