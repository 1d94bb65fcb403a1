/// @file
/// NCCL's collectives, for tensors on GPUs.
#pragma once

#include <torch/csrc/distributed/c10d/Backend.hpp>

#include <chrono>

#include "dist/communicator.h"

namespace cxr {

/// Collective. NCCL's process group needs LibTorch's CUDA half, which the program does not link: it lies in a small library beside
/// the program (nccl_process_group.cpp) that is loaded here, for good.
/// @param timeout of a collective
/// @throws InputError where the library or a GPU is missing
c10::intrusive_ptr<c10d::Backend> open_nccl_backend(Communicator& ranks, std::chrono::milliseconds timeout);

} // namespace cxr
