/// @file
/// Ranks as threads of one process: what is collective is tested without MPI.
#pragma once

#include <barrier>
#include <exception>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "dist/communicator.h"

namespace cxr::test {

/// The collectives of `size` threads, over memory that they share.
class ThreadRank final : public Communicator {
 public:
  struct Shared {
    explicit Shared(int size) : barrier(size), slots(static_cast<std::size_t>(size)) {}
    std::barrier<> barrier;
    std::vector<std::string> slots;
  };
  ThreadRank(Shared& shared, int rank) : shared_(shared), rank_(rank) {}

  int rank() const override { return rank_; }
  int size() const override { return static_cast<int>(shared_.slots.size()); }
  int local_rank() const override { return rank_; }
  int local_size() const override { return size(); }
  void barrier() override { shared_.barrier.arrive_and_wait(); }
  std::string broadcast(std::string bytes, int root) override { return all_gather(bytes)[static_cast<std::size_t>(root)]; }
  std::vector<std::string> all_gather(const std::string& bytes) override {
    shared_.slots[static_cast<std::size_t>(rank_)] = bytes;
    barrier();
    auto gathered = shared_.slots;
    barrier();
    return gathered;
  }
  std::int64_t all_reduce_max(std::int64_t value) override {
    std::int64_t largest = value;
    for (const auto& other : all_gather(std::to_string(value))) largest = std::max<std::int64_t>(largest, std::stoll(other));
    return largest;
  }
  std::vector<double> all_reduce_sum(std::vector<double> values) override {
    std::vector<double> sums(values.size(), 0);
    const auto bytes = all_gather({reinterpret_cast<const char*>(values.data()), values.size() * sizeof(double)});
    for (const auto& other : bytes) {
      for (std::size_t i = 0; i < sums.size(); ++i) sums[i] += reinterpret_cast<const double*>(other.data())[i];
    }
    return sums;
  }

 private:
  Shared& shared_;
  int rank_;
};

/// Calls `work` on each of `size` ranks at once; rethrows what rank 0 threw.
inline void run_ranks(int size, const std::function<void(Communicator&)>& work) {
  ThreadRank::Shared shared(size);
  std::exception_ptr failure;
  {
    std::vector<std::jthread> threads;
    for (int rank = 0; rank < size; ++rank) {
      threads.emplace_back([&, rank] {
        ThreadRank communicator(shared, rank);
        try {
          work(communicator);
        } catch (...) {
          if (rank == 0) failure = std::current_exception();
        }
      });
    }
  }
  if (failure) std::rethrow_exception(failure);
}

} // namespace cxr::test
