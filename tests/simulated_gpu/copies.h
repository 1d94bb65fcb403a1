/// @file
/// Copies between host and devices, counted and timed as CUDA's.
#pragma once

#include <ATen/core/Tensor.h>

namespace cxr::simulated_gpu {

/// The device's tensor as one of the host, over the same memory; valid as long as `tensor` is.
at::Tensor host_view(const at::Tensor& tensor);

} // namespace cxr::simulated_gpu
