/// @file
/// Group normalisation, alone or followed by SiLU, that autograd records on a CPU. Keeps the input and each group's mean and
/// deviation; what lies between is computed again, in one pass for the sums and one for the gradient.
#pragma once

#include <torch/types.h>

namespace cxr::nn::autograd {

/// @param x [N,C,H,W], float32 or bfloat16  @param weight, bias [C]  @return the same shape and type, channels last
at::Tensor group_norm(const at::Tensor& x, std::int64_t groups, const at::Tensor& weight, const at::Tensor& bias, double eps,
                      bool silu);

} // namespace cxr::nn::autograd
