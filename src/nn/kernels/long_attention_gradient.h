/// @file
/// The gradient of kernels/long_attention.h: shares are made again from the logarithms of their sums, a block of queries and of
/// keys at a time, so that no matrix of scores is ever whole (Dao et al. 2022, appendix B.2).
#pragma once

#include "nn/kernels/long_attention.h"

namespace cxr::nn::kernels {

/// One head. T: float, or bfloat16's bits.
template <typename T>
struct HeadGradient {
  HeadRows<const T> q, k, v;
  HeadRows<const T> out, d_out;
  const float* log_sums; ///< [queries], as attend_block() wrote them
  HeadRows<T> d_q, d_k, d_v;
  std::int64_t width;
};

/// @param scratch kept between calls, grown as needed
template <typename T>
void attention_gradient(const HeadGradient<T>& head, std::vector<Word>& scratch);

} // namespace cxr::nn::kernels
