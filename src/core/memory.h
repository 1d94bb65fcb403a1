/// @file
/// The process's memory: keeps what is freed, gives back what was read for the last time. LibTorch allocates each activation anew,
/// and mapping fresh pages costs a page fault every 4 KiB: at a VAE's sizes that is a third of the time (docs/performance.md).
#pragma once

#include <cstddef>
#include <cstdint>

namespace cxr {

/// Tells the allocator to keep freed blocks rather than give them back to the system. Call once, first in main().
void keep_freed_memory();

/// Takes the whole pages between `data` and `data + size` out of this process's memory where all of them are a mapped file's, as it
/// is on disk; they are read again, from the system's cache, when something touches them. Does nothing to other memory, which
/// includes mapped pages that were written to.
void release_file_pages(const void* data, std::size_t size);

/// The largest resident size that this process has had, in bytes.
std::int64_t peak_memory();

} // namespace cxr
