// Stands in for libcxr_nccl.so: NCCL's collectives between simulated GPUs, on host copies and done within the call. The simulator
// itself is in the process that loads this library.
#include <torch/csrc/distributed/c10d/Backend.hpp>

#include <ATen/ATen.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <mutex>
#include <set>

#include "dist/nccl_library.h"
#include "simulated_gpu/counters.h"
#include "simulated_gpu/store_exchange.h"

extern "C" __attribute__((visibility("default"))) cxr::OpenNccl cxr_open_nccl;

namespace cxr::simulated_gpu {
namespace {

using Tensors = std::vector<at::Tensor>;
using WorkPtr = c10::intrusive_ptr<c10d::Work>;
using std::chrono::milliseconds;

// The results are in place for all that streams are given from now on.
class DoneWork final : public c10d::Work {
 public:
  DoneWork(int rank, c10d::OpType type, Tensors results) : Work(rank, type), results_(std::move(results)) {
    std::vector<c10::Device> devices;
    if (!results_.empty()) devices.push_back(results_.front().device());
    future_ = c10::make_intrusive<c10::ivalue::Future>(c10::ListType::create(c10::TensorType::get()), std::move(devices));
    future_->markCompleted(c10::IValue(results_));
    finish();
  }
  bool isSuccess() const override { return true; }
  bool wait(milliseconds) override { return true; }
  void synchronize() override {}
  Tensors result() override { return results_; }
  c10::intrusive_ptr<c10::ivalue::Future> getFuture() override { return future_; }

 private:
  Tensors results_;
  c10::intrusive_ptr<c10::ivalue::Future> future_;
};

// In rank order, so that all ranks have the same bits.
at::Tensor reduced(const Tensors& parts, const c10d::ReduceOp& op) {
  using Op = c10d::ReduceOp;
  auto result = parts.front().clone();
  for (std::size_t i = 1; i < parts.size(); ++i) {
    if (op == Op::MAX) {
      at::maximum_out(result, result, parts[i]);
    } else if (op == Op::MIN) {
      at::minimum_out(result, result, parts[i]);
    } else {
      TORCH_CHECK(op == Op::SUM || op == Op::AVG, "the stand-in has SUM, AVG, MAX and MIN");
      result.add_(parts[i]);
    }
  }
  if (op == Op::AVG) result.div_(static_cast<std::int64_t>(parts.size()));
  return result;
}

std::string text_of(const std::exception& error) {
  const auto* const torch_error = dynamic_cast<const c10::Error*>(&error);
  return torch_error ? torch_error->what_without_backtrace() : error.what();
}

class SimulatedNccl final : public c10d::Backend {
 public:
  SimulatedNccl(const c10::intrusive_ptr<c10d::Store>& store, int rank, int size, milliseconds timeout)
      : Backend(rank, size), exchange_(store, rank, size), timeout_(timeout) {}

  const std::string getBackendName() const override { return "nccl"; }
  WorkPtr allreduce(Tensors& tensors, const c10d::AllreduceOptions& options) override;
  WorkPtr broadcast(Tensors& tensors, const c10d::BroadcastOptions& options) override;
  WorkPtr allgather(std::vector<Tensors>& outputs, Tensors& inputs, const c10d::AllgatherOptions& options) override;
  WorkPtr barrier(const c10d::BarrierOptions& options) override;
  void shutdown() override;
  void abort() override { is_closed_ = true; }

 private:
  template <typename Collective>
  WorkPtr run(c10d::OpType type, const Tensors& tensors, milliseconds timeout, const Collective& collective);
  void claim_device(const at::Tensor& tensor, milliseconds timeout);
  void agree(const std::string& what, milliseconds timeout);
  [[noreturn]] void refuse(const std::string& why, milliseconds timeout);
  Tensors gather(const std::string& what, const at::Tensor& mine, milliseconds timeout);

  std::mutex mutex_;
  StoreExchange exchange_;
  milliseconds timeout_;
  std::set<c10::DeviceIndex> claimed_;
  std::atomic<bool> is_closed_ = false; ///< shut down, or the ranks no longer agree on where they are
};

template <typename Collective>
WorkPtr SimulatedNccl::run(c10d::OpType type, const Tensors& tensors, milliseconds timeout, const Collective& collective) {
  const std::lock_guard lock(mutex_);
  const Uncounted work_of_the_devices;
  const at::NoGradGuard no_grad;
  TORCH_CHECK(tensors.size() == 1, "NCCL: ", c10d::opTypeToString(type), " takes one tensor of a rank");
  const auto& tensor = tensors.front();
  const auto what = c10::str(c10d::opTypeToString(type), " of ", tensor.numel(), " ", tensor.scalar_type());
  TORCH_CHECK(tensor.is_cuda(), "NCCL: ", what, ": Tensors must be CUDA and dense");
  TORCH_CHECK(tensor.is_non_overlapping_and_dense(), "NCCL: ", what, ": Tensors must be contiguous");
  try {
    TORCH_CHECK(!is_closed_, "the process group was closed, or a collective before failed");
    const auto limit = timeout == c10d::kUnsetTimeout ? timeout_ : timeout;
    claim_device(tensor, limit);
    return c10::make_intrusive<DoneWork>(rank_, type, collective(what, limit));
  } catch (const std::exception& error) {
    is_closed_ = true;
    TORCH_CHECK_WITH(DistBackendError, false, "NCCL: ", what, " failed on rank ", rank_, " of ", size_, ": ", text_of(error));
  }
}

// Each rank has a GPU of its own. As NCCL, it is seen when the first collective opens a communicator.
void SimulatedNccl::claim_device(const at::Tensor& tensor, milliseconds timeout) {
  if (!claimed_.insert(tensor.get_device()).second) return;
  std::array<char, 256> host{};
  gethostname(host.data(), host.size() - 1);
  const auto claims =
      exchange_.lines(c10::str("CUDA device ", static_cast<int>(tensor.get_device()), " of ", host.data()), timeout);
  for (std::size_t i = 0; i < claims.size(); ++i) {
    const auto other = static_cast<std::size_t>(std::ranges::find(claims, claims[i]) - claims.begin());
    if (other < i) refuse(c10::str("Duplicate GPU detected : rank ", other, " and rank ", i, " both on ", claims[i]), timeout);
  }
}

// Real ranks that disagree hang, or mix up their tensors.
void SimulatedNccl::agree(const std::string& what, milliseconds timeout) {
  const auto all = exchange_.lines(what, timeout);
  const auto other = std::ranges::find_if(all, [&](const std::string& line) { return line != what; });
  if (other != all.end()) refuse(c10::str("rank ", other - all.begin(), " is at ", *other), timeout);
}

// All ranks see it, and all shall have seen it before one leaves.
void SimulatedNccl::refuse(const std::string& why, milliseconds timeout) {
  exchange_.part(timeout);
  TORCH_CHECK(false, why);
}

Tensors SimulatedNccl::gather(const std::string& what, const at::Tensor& mine, milliseconds timeout) {
  const auto on_host = mine.cpu();
  exchange_.post(on_host);
  agree(what, timeout);
  Tensors all;
  for (int rank = 0; rank < size_; ++rank) all.push_back(rank == rank_ ? on_host : exchange_.fetch(rank, on_host));
  return all;
}

WorkPtr SimulatedNccl::allreduce(Tensors& tensors, const c10d::AllreduceOptions& options) {
  return run(c10d::OpType::ALLREDUCE, tensors, options.timeout, [&](const std::string& what, milliseconds timeout) {
    tensors[0].copy_(reduced(gather(what, tensors[0], timeout), options.reduceOp));
    return tensors;
  });
}

WorkPtr SimulatedNccl::broadcast(Tensors& tensors, const c10d::BroadcastOptions& options) {
  return run(c10d::OpType::BROADCAST, tensors, options.timeout, [&](const std::string& what, milliseconds timeout) {
    const auto root = static_cast<int>(options.rootRank);
    const auto on_host = tensors[0].cpu();
    if (rank_ == root) exchange_.post(on_host);
    agree(c10::str(what, " from rank ", root), timeout);
    if (rank_ != root) tensors[0].copy_(exchange_.fetch(root, on_host));
    return tensors;
  });
}

WorkPtr SimulatedNccl::allgather(std::vector<Tensors>& outputs, Tensors& inputs, const c10d::AllgatherOptions& options) {
  return run(c10d::OpType::ALLGATHER, inputs, options.timeout, [&](const std::string& what, milliseconds timeout) {
    auto& results = outputs.at(0);
    TORCH_CHECK(results.size() == static_cast<std::size_t>(size_), "tensors for ", results.size(), " ranks of ", size_);
    const auto parts = gather(what, inputs[0], timeout);
    for (std::size_t i = 0; i < parts.size(); ++i) results[i].copy_(parts[i]);
    return results;
  });
}

WorkPtr SimulatedNccl::barrier(const c10d::BarrierOptions& options) {
  const auto device = c10::impl::VirtualGuardImpl(c10::kCUDA).getDevice();
  const auto token = [&] {
    const Uncounted not_the_programs;
    return at::empty({1}, device);
  }();
  return run(c10d::OpType::BARRIER, {token}, options.timeout, [&](const std::string& what, milliseconds timeout) {
    agree(what, timeout);
    return Tensors{};
  });
}

void SimulatedNccl::shutdown() {
  const std::lock_guard lock(mutex_);
  if (is_closed_.exchange(true)) return;
  try {
    exchange_.part(timeout_);
  } catch (const std::exception& error) {
    TORCH_WARN("NCCL: shutdown of rank ", rank_, " of ", size_, ": ", text_of(error));
  }
}

} // namespace
} // namespace cxr::simulated_gpu

c10d::Backend* cxr_open_nccl(const c10::intrusive_ptr<c10d::Store>& store, int rank, int size, std::chrono::milliseconds timeout) {
  TORCH_CHECK_WITH(ValueError, at::hasCUDA() && at::getNumGPUs() > 0,
                   "ProcessGroupNCCL is only supported with GPUs, no GPUs found!");
  return c10::make_intrusive<cxr::simulated_gpu::SimulatedNccl>(store, rank, size, timeout).release();
}
