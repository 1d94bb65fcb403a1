/// @file
/// Activation checkpointing (Chen et al. 2016): backward runs a part of the network again instead of keeping what lies between.
#pragma once

#include <torch/types.h>

#include <functional>
#include <vector>

namespace cxr::nn::autograd {

using Tensors = std::vector<at::Tensor>;

/// function(inputs); only the inputs are kept. Gradients of `parameters` are added to them once, in the backward that asked for
/// them, as c10d::Reducer needs it; a tensor's own hooks (at::Tensor::register_hook) also see those of the backward inside. @param
/// function gives the same each time and lives as long as its captures do
/// @param parameters all that `function` uses besides its inputs and that may need a gradient
at::Tensor checkpoint(std::function<at::Tensor(const Tensors&)> function, const Tensors& inputs, const Tensors& parameters);

} // namespace cxr::nn::autograd
