/// @file
/// What the simulated GPUs were asked to do, which tests hold the program to.
#pragma once

#include <cstdint>
#include <string>

namespace cxr::simulated_gpu {

/// Of all devices and threads, since the process began or since reset_counters().
struct Counters {
  std::int64_t operators = 0;        ///< kernels of a device, its copies within itself among them
  std::int64_t copies_to_host = 0;   ///< of tensors that have elements, blocking or not; an `.item()` is only a wait
  std::int64_t copies_to_device = 0; ///< likewise
  std::int64_t waits = 0;            ///< how often the host stopped until a device was done
  std::int64_t peak_bytes = 0;       ///< the most device memory in use at one time, over all devices
};

/// Prints them to stderr at exit if CXR_SIMULATED_GPU_REPORT is set, and how often each operator ran if
/// CXR_SIMULATED_GPU_OPERATORS is set.
Counters counters();
/// The peak begins anew at what is in use.
void reset_counters();

/// While one lives, what its thread does is not the program's: NCCL's own work, or a test that looks at a result. It neither counts
/// nor waits, and copies that the program left pending stay so.
class Uncounted {
 public:
  Uncounted();
  ~Uncounted();
  Uncounted(const Uncounted&) = delete;
  Uncounted& operator=(const Uncounted&) = delete;
};

/// For the simulator itself.
/// @{
bool is_counting(); ///< whether this thread has no Uncounted
void count_operator(const std::string& name);
void count_copy_to_host();
void count_copy_to_device();
/// Shows where it is on stderr if CXR_SIMULATED_GPU_TRACE is set.
void count_wait(const char* why);
/// @param bytes more in use, or fewer if negative
void count_bytes(std::int64_t bytes);
/// @}

} // namespace cxr::simulated_gpu
