/// @file
/// Many tensors in one block of a device's memory.
#pragma once

#include <torch/types.h>

#include <vector>

namespace cxr {

/// Moves tensors of one type on a GPU into one block, each laid out as it was: a checkpoint is then a few copies to the host
/// instead of one per tensor, each of which would wait for the device (io/safetensors.h). Tensors on the CPU stay where they are.
/// @param tensors dense, none of them a view of another; who holds one sees it move
void share_block(const std::vector<at::Tensor>& tensors);

} // namespace cxr
