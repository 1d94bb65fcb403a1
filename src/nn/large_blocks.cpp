#include "nn/large_blocks.h"

#include <sys/mman.h>
#include <sys/resource.h>

#include <unistd.h>

#include <cstring>

#include <c10/core/Allocator.h>
#include <c10/core/CPUAllocator.h>
#include <c10/core/impl/alloc_cpu.h>

#include "core/error.h"

namespace cxr::nn {
namespace {

constexpr std::size_t kPage = 4096, kLarge = std::size_t{1} << 20;
constexpr std::size_t kStep = std::size_t{64} << 20; ///< in which reserved addresses become memory

std::size_t rounded(std::size_t size, std::size_t to) { return (size + to - 1) / to * to; }

std::size_t physical_memory() {
  return static_cast<std::size_t>(::sysconf(_SC_PHYS_PAGES)) * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

class TensorMemory final : public c10::Allocator {
 public:
  c10::DataPtr allocate(std::size_t size) override {
    void* memory = size >= kLarge ? blocks().allocate(size) : nullptr;
    if (!memory) memory = c10::alloc_cpu(size);
    return {memory, memory, &release, c10::Device(c10::kCPU)};
  }
  c10::DeleterFnPtr raw_deleter() const override { return &release; }
  void copy_data(void* to, const void* from, std::size_t size) const override { std::memcpy(to, from, size); }

 private:
  static void release(void* memory) { blocks().owns(memory) ? blocks().release(memory) : c10::free_cpu(memory); }
  static LargeBlocks& blocks() {
    static auto* const all = new LargeBlocks(4 * physical_memory()); // for good: tensors may outlive whatever ends it
    return *all;
  }
};

} // namespace

LargeBlocks::LargeBlocks(std::size_t capacity) {
  void* const reserved = ::mmap(nullptr, capacity, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (reserved == MAP_FAILED) return;
  begin_ = top_ = usable_ = reinterpret_cast<Address>(reserved);
  end_ = begin_ + capacity;
  ::madvise(reserved, capacity, MADV_HUGEPAGE); // a fault for 2 MiB, not 4 KiB, where the system has such pages
}

LargeBlocks::~LargeBlocks() {
  if (begin_ != end_) ::munmap(reinterpret_cast<void*>(begin_), end_ - begin_);
}

void LargeBlocks::add_hole(Address begin, std::size_t size) {
  holes_.emplace(begin, size);
  holes_by_size_.emplace(size, begin);
}

std::map<LargeBlocks::Address, std::size_t>::iterator LargeBlocks::remove_hole(std::map<Address, std::size_t>::iterator hole) {
  holes_by_size_.erase({hole->second, hole->first});
  return holes_.erase(hole);
}

// Where a block of that size begins at the end of all, in a hole there if there is one; 0 where there is no room.
LargeBlocks::Address LargeBlocks::extend(std::size_t size) {
  const auto last = holes_.empty() ? holes_.end() : std::prev(holes_.end());
  const bool ends_in_hole = last != holes_.end() && last->first + last->second == top_;
  const auto begin = ends_in_hole ? last->first : top_;
  if (end_ - begin < size) return 0;
  if (const auto needed = begin + size; needed > usable_) {
    const auto more = std::min(rounded(needed - usable_, kStep), end_ - usable_);
    if (::mprotect(reinterpret_cast<void*>(usable_), more, PROT_READ | PROT_WRITE) != 0) return 0;
    usable_ += more;
  }
  if (ends_in_hole) remove_hole(last);
  top_ = begin + size;
  return begin;
}

void* LargeBlocks::allocate(std::size_t size) {
  size = rounded(size, kPage);
  const std::lock_guard lock(mutex_);
  Address begin = 0;
  if (const auto fits = holes_by_size_.lower_bound({size, 0}); fits != holes_by_size_.end()) {
    const auto [hole_size, hole] = *fits;
    remove_hole(holes_.find(hole));
    if (hole_size > size) add_hole(hole + size, hole_size - size);
    begin = hole;
  } else {
    begin = extend(size);
  }
  if (begin == 0) return nullptr;
  blocks_.emplace(begin, size);
  return reinterpret_cast<void*>(begin);
}

void LargeBlocks::release(void* block) {
  const std::lock_guard lock(mutex_);
  const auto found = blocks_.find(reinterpret_cast<Address>(block));
  expects(found != blocks_.end(), "LargeBlocks: no block begins at {}", block);
  auto begin = found->first;
  auto size = found->second;
  blocks_.erase(found);
  auto after = holes_.lower_bound(begin);
  if (after != holes_.end() && begin + size == after->first) {
    size += after->second;
    after = remove_hole(after);
  }
  if (after != holes_.begin()) {
    if (const auto before = std::prev(after); before->first + before->second == begin) {
      begin = before->first, size += before->second;
      remove_hole(before);
    }
  }
  add_hole(begin, size);
}

bool LargeBlocks::owns(const void* pointer) const {
  const auto address = reinterpret_cast<Address>(pointer);
  return address >= begin_ && address < end_;
}

std::size_t LargeBlocks::extent() const {
  const std::lock_guard lock(mutex_);
  return top_ - begin_;
}

void keep_tensor_memory() {
#ifndef __SANITIZE_ADDRESS__
  rlimit limit{};
  if (::getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY) return;
  c10::SetCPUAllocator(new TensorMemory, /*priority=*/1); // LibTorch's for good
#endif
}

} // namespace cxr::nn
