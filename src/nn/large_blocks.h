/// @file
/// Memory for large tensors that is kept, whole: the least hole that fits, and neighbours that are free become one. A training step
/// frees activations while it makes gradients of other sizes; in malloc's heap small objects lie between them, so that a tenth of
/// the process's memory is holes that nothing fits into (docs/performance.md).
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <unordered_map>

namespace cxr::nn {

/// From any thread. Blocks begin at pages.
class LargeBlocks {
 public:
  /// Reserves addresses, no memory; none where the system refuses. @param capacity bytes
  explicit LargeBlocks(std::size_t capacity);
  ~LargeBlocks();
  LargeBlocks(const LargeBlocks&) = delete;
  LargeBlocks& operator=(const LargeBlocks&) = delete;

  /// @return null where the capacity is exhausted
  void* allocate(std::size_t size);
  /// @param block of allocate()
  void release(void* block);
  bool owns(const void* pointer) const;
  /// The bytes from the first block to the end of the last, holes among them: what the process holds.
  std::size_t extent() const;

 private:
  using Address = std::uintptr_t;

  void add_hole(Address begin, std::size_t size);
  std::map<Address, std::size_t>::iterator remove_hole(std::map<Address, std::size_t>::iterator hole);
  Address extend(std::size_t size);

  mutable std::mutex mutex_;
  Address begin_ = 0, end_ = 0;          ///< of the reserved addresses
  Address top_ = 0, usable_ = 0;         ///< blocks and holes lie below `top_`, memory may be used below `usable_`
  std::map<Address, std::size_t> holes_; ///< none touches another
  std::set<std::pair<std::size_t, Address>> holes_by_size_;
  std::unordered_map<Address, std::size_t> blocks_;
};

/// From now on tensors on the CPU from 1 MiB on live in large blocks. Call once, first in main(). Does nothing under a sanitizer,
/// whose malloc it would hide tensors from, and under a limit of the address space.
void keep_tensor_memory();

} // namespace cxr::nn
