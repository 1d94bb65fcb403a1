/// @file
/// What moves tensors between the ranks of a run: c10d's process group, over NCCL for GPUs and over MPI for CPUs.
#pragma once

#include <torch/types.h>

#include <chrono>
#include <memory>

#include "dist/communicator.h"

namespace c10d {
class ProcessGroup;
} // namespace c10d

namespace cxr {

/// The last copy shuts the group down: destroy it before the MpiSession.
using ProcessGroup = std::shared_ptr<c10d::ProcessGroup>;

/// The ranks' process group; null where there is one rank. Collective.
/// @param ranks world()
/// @param device where the tensors live: CPU, or this rank's GPU
/// @param timeout after which a collective that has not ended throws std::runtime_error naming it
/// @throws std::runtime_error if the backend can't be started
ProcessGroup open_process_group(Communicator& ranks, at::Device device, std::chrono::milliseconds timeout);

/// Rank 0's values on every rank, in place. A GPU gets them in its order of work, and the host goes on.
/// @param group null: one rank, and nothing is done  @param values dense, of one shape and type, on the group's device
void broadcast_(const ProcessGroup& group, const at::Tensor& values);

} // namespace cxr
