#include "simulated_gpu/device_memory.h"

#include <c10/util/Exception.h>

#include <sys/mman.h>

#include <atomic>
#include <cstring>
#include <map>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "simulated_gpu/counters.h"
#include "simulated_gpu/devices.h"

namespace cxr::simulated_gpu {
namespace {

constexpr std::size_t kAlignment = 512;
constexpr std::size_t kPage = 4096;
constexpr std::size_t kGivenBack = std::size_t{16} << 20; // smaller blocks are soon used again, and fresh pages cost time

struct Blocks {
  std::mutex mutex;
  std::map<char*, std::size_t> unused;           ///< bytes of each, by address; neighbours are joined
  std::unordered_map<char*, std::size_t> in_use; ///< bytes of each
};

// One reservation of addresses: the windows that the program sees, which nobody may touch, then as many that the simulator uses.
// Never destroyed, since static tensors outlive it.
class Memory {
 public:
  static Memory& instance() {
    static auto* const memory = new Memory;
    return *memory;
  }

  /// nullptr where no block is large enough
  char* take(c10::DeviceIndex device, std::size_t bytes);
  void give_back(char* block);
  char* host(const void* address) const { return const_cast<char*>(static_cast<const char*>(address)) + window_ * devices_.size(); }
  std::optional<c10::Device> device_of(const void* address) const;
  std::size_t bytes_per_device() const { return window_; }

 private:
  Memory();
  Blocks& blocks_of(const char* block) { return *devices_[static_cast<std::size_t>(block - base_) / window_]; }

  std::size_t window_ = static_cast<std::size_t>(setting("CXR_SIMULATED_GPU_MEMORY", 4096)) << 20; ///< bytes
  std::vector<std::unique_ptr<Blocks>> devices_;
  char* base_ = nullptr;
};

Memory::Memory() {
  const auto count = static_cast<std::size_t>(device_count());
  if (count == 0) return;
  const std::size_t half = window_ * count;
  void* const all = mmap(nullptr, 2 * half, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  TORCH_CHECK(all != MAP_FAILED, "simulated GPU: no addresses for ", window_ >> 20, " MiB of ", count, " devices");
  base_ = static_cast<char*>(all);
  TORCH_CHECK(mprotect(base_ + half, half, PROT_READ | PROT_WRITE) == 0, "simulated GPU: no memory");
  madvise(base_ + half, half, MADV_HUGEPAGE); // fewer faults of fresh pages
  for (std::size_t i = 0; i < count; ++i) {
    devices_.push_back(std::make_unique<Blocks>());
    devices_.back()->unused.emplace(base_ + i * window_, window_);
  }
}

char* Memory::take(c10::DeviceIndex device, std::size_t bytes) {
  auto& blocks = *devices_[static_cast<std::size_t>(device)];
  const std::lock_guard lock(blocks.mutex);
  for (auto found = blocks.unused.begin(); found != blocks.unused.end(); ++found) {
    const auto [block, size] = *found;
    if (size < bytes) continue;
    blocks.unused.erase(found);
    if (size > bytes) blocks.unused.emplace(block + bytes, size - bytes);
    blocks.in_use.emplace(block, bytes);
    count_bytes(static_cast<std::int64_t>(bytes));
    return block;
  }
  return nullptr;
}

void Memory::give_back(char* block) {
  auto& blocks = blocks_of(block);
  const std::lock_guard lock(blocks.mutex);
  auto bytes = blocks.in_use.at(block);
  blocks.in_use.erase(block);
  count_bytes(-static_cast<std::int64_t>(bytes));
  if (bytes >= kGivenBack) {
    char* const first = host(block) + (kPage - reinterpret_cast<std::uintptr_t>(block) % kPage) % kPage; // the next page
    madvise(first, static_cast<std::size_t>(host(block) + bytes - first) / kPage * kPage, MADV_DONTNEED);
  }
  auto next = blocks.unused.lower_bound(block);
  if (next != blocks.unused.end() && next->first == block + bytes) {
    bytes += next->second;
    next = blocks.unused.erase(next);
  }
  if (next != blocks.unused.begin()) {
    const auto before = std::prev(next);
    if (before->first + before->second == block) {
      before->second += bytes;
      return;
    }
  }
  blocks.unused.emplace_hint(next, block, bytes);
}

std::optional<c10::Device> Memory::device_of(const void* address) const {
  const auto* const byte = static_cast<const char*>(address);
  if (devices_.empty() || byte < base_ || byte >= base_ + window_ * devices_.size()) return std::nullopt;
  return c10::Device(c10::kCUDA, static_cast<c10::DeviceIndex>(static_cast<std::size_t>(byte - base_) / window_));
}

std::atomic<std::int64_t>& allocations_until_failure() {
  static std::atomic<std::int64_t> left{setting("CXR_SIMULATED_GPU_FAIL_AT", 0)};
  return left;
}

void release(void* block) {
  if (block) Memory::instance().give_back(static_cast<char*>(block));
}

class DeviceAllocator final : public c10::Allocator {
 public:
  c10::DataPtr allocate(std::size_t bytes) override {
    const c10::Device device(c10::kCUDA, current_device());
    set_current_device(device.index()); // refuses a machine without a GPU
    if (bytes == 0) return {nullptr, nullptr, &release, device};
    auto& memory = Memory::instance();
    const bool fails = allocations_until_failure().fetch_sub(1) == 1;
    char* const block = fails ? nullptr : memory.take(device.index(), (bytes + kAlignment - 1) / kAlignment * kAlignment);
    TORCH_CHECK_WITH(OutOfMemoryError, block, "CUDA out of memory. Tried to allocate ", static_cast<double>(bytes) / (1 << 20),
                     " MiB. GPU ", static_cast<int>(device.index()), " has a total capacity of ", memory.bytes_per_device() >> 20,
                     " MiB (simulated).");
    // What the simulator allocates, it writes whole.
    if (is_counting()) std::memset(memory.host(block), 0xFF, bytes);
    return {block, block, &release, device};
  }
  c10::DeleterFnPtr raw_deleter() const override { return &release; }
  void copy_data(void* to, const void* from, std::size_t bytes) const override {
    std::memcpy(host_address(to), host_address(from), bytes);
  }
};

} // namespace

c10::Allocator& device_allocator() {
  static auto* const allocator = new DeviceAllocator;
  return *allocator;
}

void* host_address(const void* device_address) { return device_address ? Memory::instance().host(device_address) : nullptr; }

std::optional<c10::Device> device_of(const void* address) { return Memory::instance().device_of(address); }

void fail_allocation(std::int64_t nth) { allocations_until_failure() = nth; }

} // namespace cxr::simulated_gpu
