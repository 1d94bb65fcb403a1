/// @file
/// Host memory that a GPU copies from and to by itself.
#pragma once

#include <c10/core/Allocator.h>

namespace cxr::simulated_gpu {

/// Remembers what it gave.
c10::Allocator& pinned_allocator();

/// Whether the address lies in memory that pinned_allocator() gave and has not got back.
bool is_pinned(const void* address);

} // namespace cxr::simulated_gpu
