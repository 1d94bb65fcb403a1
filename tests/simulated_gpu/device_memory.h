/// @file
/// The memory of the simulated GPUs: CXR_SIMULATED_GPU_MEMORY MiB each (4096), of which only pages in use take memory of the host.
#pragma once

#include <c10/core/Allocator.h>

#include <cstdint>
#include <optional>

namespace cxr::simulated_gpu {

/// Gives memory of the current device, in blocks of 512 bytes as PyTorch's own. The program's blocks are full of 0xFF bytes: NaNs
/// in every floating-point type. What the host reads or writes at an address from here is a segmentation fault, as on a GPU.
/// @throws c10::OutOfMemoryError from allocate() where the device is full
c10::Allocator& device_allocator();

/// Where the simulator finds what the program knows by `device_address`.
void* host_address(const void* device_address);

/// The GPU whose memory the address lies in.
std::optional<c10::Device> device_of(const void* address);

/// The `nth` allocation from now on throws as if the device were full, once. 0: none. CXR_SIMULATED_GPU_FAIL_AT says it for the
/// beginning.
void fail_allocation(std::int64_t nth);

} // namespace cxr::simulated_gpu
