#include "simulated_gpu/devices.h"

#include <c10/util/Exception.h>

#include <cstdlib>
#include <map>

namespace cxr::simulated_gpu {
namespace {

thread_local c10::DeviceIndex thread_device = 0;
thread_local std::map<c10::DeviceIndex, c10::StreamId> thread_streams;

} // namespace

std::int64_t setting(const char* name, std::int64_t otherwise) {
  const char* const text = std::getenv(name);
  return text ? std::atoll(text) : otherwise;
}

c10::DeviceIndex device_count() {
  static const auto count = static_cast<c10::DeviceIndex>(setting("CXR_SIMULATED_GPUS", 1));
  return count;
}

c10::DeviceIndex current_device() { return thread_device; }

void set_current_device(c10::DeviceIndex device) {
  TORCH_CHECK(device >= 0 && device < device_count(), "CUDA error: invalid device ordinal (", static_cast<int>(device), " of ",
              static_cast<int>(device_count()), " simulated GPUs)");
  thread_device = device;
}

c10::Stream current_stream(c10::DeviceIndex device) {
  const auto found = thread_streams.find(device);
  const auto id = found == thread_streams.end() ? 0 : found->second;
  return c10::Stream(c10::Stream::UNSAFE, c10::Device(c10::kCUDA, device), id);
}

void set_current_stream(const c10::Stream& stream) { thread_streams[stream.device_index()] = stream.id(); }

} // namespace cxr::simulated_gpu
