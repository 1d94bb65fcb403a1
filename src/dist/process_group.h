/// @file
/// What moves tensors between the ranks of a run: c10d's process group, over NCCL for GPUs and over MPI for CPUs.
#pragma once

#include <torch/csrc/distributed/c10d/ProcessGroup.hpp>

#include <chrono>

#include "dist/communicator.h"

namespace cxr {

using ProcessGroup = c10::intrusive_ptr<c10d::ProcessGroup>;

/// The ranks' process group; null where there is one rank. Collective.
/// @param device where the tensors live: CPU, or this rank's GPU
/// @param timeout after which a collective that has not ended throws std::runtime_error naming it
/// @throws std::runtime_error if the backend can't be started
ProcessGroup open_process_group(Communicator& ranks, at::Device device, std::chrono::milliseconds timeout);

} // namespace cxr
