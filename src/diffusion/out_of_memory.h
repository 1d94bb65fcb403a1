/// @file
/// What to do where memory runs out.
#pragma once

#include <torch/types.h>

#include <functional>
#include <string>

namespace cxr {

/// What `work` returns. @param what "decoding 4 images of 512 × 512", for the message
/// @throws std::runtime_error that says what to lower, in place of what the allocators of the host and of a GPU throw
at::Tensor with_memory_advice(const std::string& what, const std::function<at::Tensor()>& work);

} // namespace cxr
