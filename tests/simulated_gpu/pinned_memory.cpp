#include "simulated_gpu/pinned_memory.h"

#include <c10/core/impl/alloc_cpu.h>

#include <map>
#include <mutex>

namespace cxr::simulated_gpu {
namespace {

struct Blocks {
  std::mutex mutex;
  std::map<const char*, std::size_t> in_use; ///< bytes of each, by address
};

// Never destroyed: static tensors outlive it.
Blocks& blocks() {
  static auto* const shared = new Blocks;
  return *shared;
}

void release(void* block) {
  if (!block) return;
  {
    const std::lock_guard lock(blocks().mutex);
    blocks().in_use.erase(static_cast<const char*>(block));
  }
  c10::free_cpu(block);
}

class PinnedAllocator final : public c10::Allocator {
 public:
  c10::DataPtr allocate(std::size_t bytes) override {
    void* const block = c10::alloc_cpu(bytes);
    if (block) {
      const std::lock_guard lock(blocks().mutex);
      blocks().in_use.emplace(static_cast<const char*>(block), bytes);
    }
    return {block, block, &release, c10::Device(c10::kCPU)};
  }
  c10::DeleterFnPtr raw_deleter() const override { return &release; }
  void copy_data(void* to, const void* from, std::size_t bytes) const override { default_copy_data(to, from, bytes); }
};

} // namespace

c10::Allocator& pinned_allocator() {
  static auto* const allocator = new PinnedAllocator;
  return *allocator;
}

bool is_pinned(const void* address) {
  const auto* const byte = static_cast<const char*>(address);
  const std::lock_guard lock(blocks().mutex);
  const auto next = blocks().in_use.upper_bound(byte);
  if (next == blocks().in_use.begin()) return false;
  const auto& [block, bytes] = *std::prev(next);
  return byte < block + bytes;
}

} // namespace cxr::simulated_gpu
