#include "dist/mpi_backend.h"

#include "core/error.h"
#include "dist/rank_order_sum.h"

namespace cxr {
namespace {

std::span<std::byte> bytes_of(const at::Tensor& tensor) {
  return {static_cast<std::byte*>(tensor.mutable_data_ptr()), tensor.nbytes()};
}

const at::Tensor& checked(const at::Tensor& tensor, const char* what) {
  expects(tensor.is_cpu() && tensor.is_non_overlapping_and_dense(), "MPI: {} takes a dense tensor on the CPU", what);
  return tensor;
}

const at::Tensor& only(const std::vector<at::Tensor>& tensors, const char* what) {
  expects(tensors.size() == 1, "MPI: {} takes one tensor, got {}", what, tensors.size());
  return checked(tensors.front(), what);
}

std::string describe(const char* what, const at::Tensor& tensor) {
  return fmt::format("{} of {} {}", what, tensor.numel(), c10::toString(tensor.scalar_type()));
}

} // namespace

class MpiBackend::MpiWork final : public c10d::Work {
 public:
  MpiWork(int rank, c10d::OpType type, std::vector<at::Tensor> results)
      : Work(rank, type),
        results_(std::move(results)),
        future_(c10::make_intrusive<c10::ivalue::Future>(c10::ListType::ofTensors())) {}

  std::vector<at::Tensor> result() override { return results_; }
  c10::intrusive_ptr<c10::ivalue::Future> getFuture() override { return future_; }

  void succeed() {
    finish();
    future_->markCompleted(c10::IValue(results_));
  }
  // MPI may still write to the tensors of a collective that was given up, so they live as long as the process, which is to end.
  void fail(const std::exception_ptr& error) {
    static auto* const abandoned = new std::vector<at::Tensor>;
    abandoned->insert(abandoned->end(), results_.begin(), results_.end());
    finish(error);
    future_->setError(error);
  }

 private:
  std::vector<at::Tensor> results_;
  c10::intrusive_ptr<c10::ivalue::Future> future_;
};

MpiBackend::MpiBackend(const MpiCommunicator& ranks, std::chrono::milliseconds timeout)
    : Backend(ranks.rank(), ranks.size()), channel_(ranks.handle()), timeout_(timeout), thread_([this] { run(); }) {}

MpiBackend::~MpiBackend() { shutdown(); }

void MpiBackend::shutdown() {
  {
    const std::lock_guard lock(mutex_);
    is_closed_ = true;
    if (!jobs_.empty()) channel_.stop();
  }
  changed_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void MpiBackend::run() {
  std::exception_ptr failure;
  for (;;) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return is_closed_ || !jobs_.empty(); });
    if (jobs_.empty()) return;
    auto& job = jobs_.front(); // stays there while it runs: shutdown() sees that there is work left
    lock.unlock();
    try {
      if (failure) std::rethrow_exception(failure);
      channel_.begin(std::move(job.what), job.timeout);
      job.collective(channel_);
    } catch (...) {
      failure = std::current_exception();
      channel_.stop();
    }
    const auto work = std::move(job.work);
    lock.lock();
    jobs_.pop_front();
    lock.unlock();
    failure ? work->fail(failure) : work->succeed();
  }
}

c10::intrusive_ptr<c10d::Work> MpiBackend::enqueue(c10d::OpType type, std::string what, std::chrono::milliseconds timeout,
                                                   std::vector<at::Tensor> results, std::function<void(MpiChannel&)> collective) {
  auto work = c10::make_intrusive<MpiWork>(rank_, type, std::move(results));
  {
    const std::lock_guard lock(mutex_);
    expects(!is_closed_, "MPI: {} after the group was shut down", what);
    jobs_.push_back({work, std::move(what), timeout == c10d::kUnsetTimeout ? timeout_ : timeout, std::move(collective)});
  }
  changed_.notify_one();
  return work;
}

c10::intrusive_ptr<c10d::Work> MpiBackend::allreduce(std::vector<at::Tensor>& tensors, const c10d::AllreduceOptions& options) {
  const auto tensor = only(tensors, "all-reduce");
  const auto op = options.reduceOp.op_;
  expects(op == c10d::ReduceOp::SUM || op == c10d::ReduceOp::AVG, "MPI: all-reduce adds or averages, not operation {}",
          static_cast<int>(op));
  const auto combine = rank_order_sum(tensor.scalar_type(), op == c10d::ReduceOp::AVG);
  return enqueue(
      c10d::OpType::ALLREDUCE, describe("all-reduce", tensor), options.timeout, tensors, [tensor, combine](MpiChannel& channel) {
        channel.all_reduce(bytes_of(tensor).data(), static_cast<std::size_t>(tensor.numel()), tensor.element_size(), combine);
      });
}

c10::intrusive_ptr<c10d::Work> MpiBackend::broadcast(std::vector<at::Tensor>& tensors, const c10d::BroadcastOptions& options) {
  const auto tensor = only(tensors, "broadcast");
  const auto root = static_cast<int>(options.rootRank);
  return enqueue(c10d::OpType::BROADCAST, describe("broadcast", tensor), options.timeout, tensors,
                 [tensor, root](MpiChannel& channel) { channel.broadcast(bytes_of(tensor), root); });
}

c10::intrusive_ptr<c10d::Work> MpiBackend::allgather(std::vector<std::vector<at::Tensor>>& outputs, std::vector<at::Tensor>& inputs,
                                                     const c10d::AllgatherOptions& options) {
  const auto mine = only(inputs, "all-gather");
  expects(outputs.size() == 1 && outputs.front().size() == static_cast<std::size_t>(size_),
          "MPI: all-gather takes a tensor a rank");
  const auto all = outputs.front();
  for (const auto& part : all) {
    checked(part, "all-gather");
    expects(part.nbytes() == mine.nbytes(), "MPI: all-gather of {} bytes into {}", mine.nbytes(), part.nbytes());
  }
  return enqueue(c10d::OpType::ALLGATHER, describe("all-gather", mine), options.timeout, all,
                 [mine, all, rank = rank_](MpiChannel& channel) {
                   all[static_cast<std::size_t>(rank)].copy_(mine);
                   for (std::size_t root = 0; root < all.size(); ++root)
                     channel.broadcast(bytes_of(all[root]), static_cast<int>(root));
                 });
}

c10::intrusive_ptr<c10d::Work> MpiBackend::barrier(const c10d::BarrierOptions& options) {
  return enqueue(c10d::OpType::BARRIER, "barrier", options.timeout, {}, [](MpiChannel& channel) { channel.barrier(); });
}

} // namespace cxr
