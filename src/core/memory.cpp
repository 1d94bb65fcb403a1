#include "core/memory.h"

#include <sys/mman.h>
#include <sys/resource.h>

#include <fcntl.h>
#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <vector>

namespace cxr {
namespace {

// Whether every page that is in memory is a file's (Linux: Documentation/admin-guide/mm/pagemap.rst). What this process wrote over
// a private mapping is no longer the file's, so nothing can be lost.
bool are_file_pages(std::uintptr_t first, std::uintptr_t last) {
  constexpr std::uint64_t kInMemory = 1ULL << 63, kSwapped = 1ULL << 62, kOfFile = 1ULL << 61;
  const int pagemap = ::open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
  if (pagemap < 0) return false;
  std::vector<std::uint64_t> pages(last - first);
  const auto bytes = pages.size() * sizeof(std::uint64_t);
  const auto got = ::pread(pagemap, pages.data(), bytes, static_cast<off_t>(first * sizeof(std::uint64_t)));
  ::close(pagemap);
  return got == static_cast<ssize_t>(bytes) && std::ranges::all_of(pages, [](std::uint64_t page) {
           return (page & kSwapped) == 0 && ((page & kInMemory) == 0 || (page & kOfFile) != 0);
         });
}

} // namespace

void keep_freed_memory() {
#ifdef __GLIBC__
  // mallopt takes an int, so 2 GiB - 1 is the most: larger blocks are still mapped and unmapped each time.
  constexpr int kLargest = 0x7fffffff;
  mallopt(M_MMAP_THRESHOLD, kLargest);
  mallopt(M_TRIM_THRESHOLD, kLargest);
  mallopt(M_TOP_PAD, 64 << 20);
  mallopt(M_ARENA_MAX, 1); // one heap that every thread reuses
#endif
}

void release_file_pages(const void* data, std::size_t size) {
  const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  const auto begin = reinterpret_cast<std::uintptr_t>(data);
  const auto first = (begin + page - 1) / page, last = (begin + size) / page;
  if (first >= last || !are_file_pages(first, last)) return;
  ::madvise(reinterpret_cast<void*>(first * page), (last - first) * page, MADV_DONTNEED);
}

std::int64_t peak_memory() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return std::int64_t{usage.ru_maxrss} * 1024;
}

} // namespace cxr
