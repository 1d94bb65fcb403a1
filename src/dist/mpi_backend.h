/// @file
/// c10d's collectives over MPI, for tensors on the CPU.
#pragma once

#include <torch/csrc/distributed/c10d/Backend.hpp>

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

#include "dist/mpi_channel.h"
#include "dist/mpi_communicator.h"

namespace cxr {

/// Runs each collective on a thread of its own, in the order of the calls, so that it overlaps with what the caller goes on to do.
/// Tensors are dense and of one layout on all ranks. A collective that fails or takes longer than its time fails its Work, and
/// every Work after it: the ranks no longer agree on where they are.
class MpiBackend final : public c10d::Backend {
 public:
  /// Collective. @param ranks that take part  @param timeout of a collective that asks for none of its own, counted from when its
  ///   turn comes
  MpiBackend(const MpiCommunicator& ranks, std::chrono::milliseconds timeout);
  /// Works that are not done fail.
  ~MpiBackend() override;

  const std::string getBackendName() const override { return "mpi"; }
  c10::intrusive_ptr<c10d::Work> allreduce(std::vector<at::Tensor>& tensors, const c10d::AllreduceOptions& options) override;
  c10::intrusive_ptr<c10d::Work> broadcast(std::vector<at::Tensor>& tensors, const c10d::BroadcastOptions& options) override;
  c10::intrusive_ptr<c10d::Work> allgather(std::vector<std::vector<at::Tensor>>& outputs, std::vector<at::Tensor>& inputs,
                                           const c10d::AllgatherOptions& options) override;
  c10::intrusive_ptr<c10d::Work> barrier(const c10d::BarrierOptions& options) override;
  void shutdown() override;

 private:
  class MpiWork;
  struct Job {
    c10::intrusive_ptr<MpiWork> work;
    std::string what;
    std::chrono::milliseconds timeout;
    std::function<void(MpiChannel&)> collective;
  };

  c10::intrusive_ptr<c10d::Work> enqueue(c10d::OpType type, std::string what, std::chrono::milliseconds timeout,
                                         std::vector<at::Tensor> results, std::function<void(MpiChannel&)> collective);
  void run();

  MpiChannel channel_;
  std::chrono::milliseconds timeout_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Job> jobs_;
  bool is_closed_ = false;
  std::thread thread_;
};

} // namespace cxr
