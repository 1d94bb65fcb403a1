/// @file
/// How many GPUs are simulated, and which of them and of their streams a thread uses.
#pragma once

#include <c10/core/Stream.h>

#include <cstdint>

namespace cxr::simulated_gpu {

/// The environment variable's number. @param otherwise what counts where it is not set
std::int64_t setting(const char* name, std::int64_t otherwise);

/// CXR_SIMULATED_GPUS, by default 1; 0 is a machine with CUDA and without a GPU.
c10::DeviceIndex device_count();

/// This thread's, as in CUDA; 0 at first.
c10::DeviceIndex current_device();
/// @throws c10::Error where there is no such GPU
void set_current_device(c10::DeviceIndex device);

/// This thread's on the device; the default stream at first.
c10::Stream current_stream(c10::DeviceIndex device);
void set_current_stream(const c10::Stream& stream);

} // namespace cxr::simulated_gpu
