/// @file
/// Linear layers that autograd records on a CPU: three products of matrices through oneDNN, which on AMD processors is twice as
/// fast as the library that at::linear takes. Parameters are read in the input's type and their gradients are in their own: float32
/// weights serve a bfloat16 network, and no copy of them outlives a product.
#pragma once

#include <torch/types.h>

namespace cxr::nn::autograd {

/// @param x [...,I], float32 or bfloat16  @param weight [O,I]  @param bias [O] or undefined  @return [...,O] in x's type
at::Tensor linear(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias);

/// linear(value · gelu(gate)), [value, gate] = x. Keeps x only: the gated values are computed again.
/// @param x [...,2·I]  @param weight [O,I]  @return [...,O]
at::Tensor geglu_linear(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias);

} // namespace cxr::nn::autograd
