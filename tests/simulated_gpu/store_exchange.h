/// @file
/// How ranks hand tensors to each other where there is no NCCL: through the store that they found each other by.
#pragma once

#include <torch/csrc/distributed/c10d/Store.hpp>

#include <ATen/core/Tensor.h>

#include <chrono>
#include <string>
#include <vector>

namespace cxr::simulated_gpu {

/// Of one rank, whose collectives come one after the other, in the order of the other ranks'. What the store throws, and what it
/// throws after `timeout`, goes on to the caller.
class StoreExchange {
 public:
  StoreExchange(c10::intrusive_ptr<c10d::Store> store, int rank, int size);

  /// Collective. The line of each rank, in rank order.
  std::vector<std::string> lines(const std::string& mine, std::chrono::milliseconds timeout);
  /// Lets the others fetch the tensor after the next lines(). @param tensor dense, on the host
  void post(const at::Tensor& tensor);
  /// What `rank` posted before the last lines(), in the order of memory. @param like has its type and size
  at::Tensor fetch(int rank, const at::Tensor& like);
  /// Collective, the last: rank 0, which serves the store, waits for the others, who may still read what it has.
  void part(std::chrono::milliseconds timeout);

 private:
  void set(const std::string& key, const void* bytes, std::int64_t count);

  c10::intrusive_ptr<c10d::Store> store_;
  int rank_, size_;
  std::int64_t collective_ = 0;         ///< that comes next
  std::vector<std::string> keys_, old_; ///< of this rank's values: for the next lines(), and for the last
};

} // namespace cxr::simulated_gpu
