/// @file
/// Where tensors live: the CPU, or one GPU a rank.
#pragma once

#include <torch/types.h>

#include <string>

namespace cxr {

/// @param name "cpu" or "cuda"
/// @param local_rank the rank among those on this node: ranks are dealt to the node's GPUs
/// @throws InputError if the name is another one, or asks for a GPU where none is
at::Device open_device(const std::string& name, int local_rank);

} // namespace cxr
