/// @file
/// Keeps freed memory in the process. LibTorch allocates each activation anew, and mapping fresh pages costs a page
/// fault every 4 KiB: at a VAE's sizes that is a third of the time (docs/performance.md).
#pragma once

#include <cstdint>

namespace cxr {

/// Tells the allocator to keep freed blocks rather than give them back to the system. Call once, first in main().
void keep_freed_memory();

/// The largest resident size that this process has had, in bytes.
std::int64_t peak_memory();

} // namespace cxr
