/// @file
/// Attention that autograd records on a CPU. Keeps queries, keys, values, the result and a number of each query's softmax.
#pragma once

#include <torch/types.h>

namespace cxr::nn::autograd {

/// multi_head_attention (nn/attention.h), where has_fused_attention() holds.
at::Tensor attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, std::int64_t heads);

} // namespace cxr::nn::autograd
