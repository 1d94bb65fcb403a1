#include "core/memory.h"

#include <sys/resource.h>

#include <malloc.h>

namespace cxr {

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

std::int64_t peak_memory() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return std::int64_t{usage.ru_maxrss} * 1024;
}

} // namespace cxr
