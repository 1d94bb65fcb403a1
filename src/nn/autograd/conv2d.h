/// @file
/// Convolutions that autograd records on a CPU: large images through oneDNN's convolutions, small ones, whose weights are larger
/// than they, as products of matrices (kernels/columns.h). Types as in autograd/linear.h.
#pragma once

#include "nn/onednn.h"

namespace cxr::nn::autograd {

/// @param x [N,I,H,W], float32 or bfloat16  @param weight [O,I,kH,kW]  @param bias [O] or undefined
/// @return [N,O,H',W'] in x's type, channels last
at::Tensor conv2d(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, const onednn::ConvShape& shape);

} // namespace cxr::nn::autograd
