#include "dist/process_group.h"

#include <exception>

#include <torch/csrc/distributed/c10d/HashStore.hpp>
#include <torch/csrc/distributed/c10d/ProcessGroup.hpp>

#include "core/error.h"
#include "dist/mpi_backend.h"
#include "dist/nccl_backend.h"

namespace cxr {

ProcessGroup open_process_group(Communicator& ranks, at::Device device, std::chrono::milliseconds timeout) {
  using Type = c10d::ProcessGroup::BackendType;
  if (ranks.size() == 1) return nullptr;
  c10::intrusive_ptr<c10d::Backend> backend;
  if (device.is_cpu()) {
    const auto* over_mpi = dynamic_cast<const MpiCommunicator*>(&ranks);
    expects(over_mpi, "a process group on the CPU is of MPI's ranks");
    backend = c10::make_intrusive<MpiBackend>(*over_mpi, timeout);
  } else {
    backend = open_nccl_backend(ranks, timeout);
  }
  // A group wants a store; only backends that come later would look into it.
  auto group = c10::make_intrusive<c10d::ProcessGroup>(c10::make_intrusive<c10d::HashStore>(), ranks.rank(), ranks.size());
  const auto type = device.is_cpu() ? Type::CUSTOM : Type::NCCL;
  group->setBackend(device.type(), type, backend);
  group->setDefaultBackend(type);
  auto* const shared = group.get();
  return {shared, [held = std::move(group)](c10d::ProcessGroup*) mutable {
            // A shutdown waits for the peers, who may be waiting for this rank when an exception unwinds.
            std::uncaught_exceptions() > 0 ? held->abort() : held->shutdown();
            held.reset();
          }};
}

void broadcast_(const ProcessGroup& group, const at::Tensor& values) {
  if (!group) return;
  std::vector<at::Tensor> tensors{values};
  group->broadcast(tensors)->wait();
}

} // namespace cxr
