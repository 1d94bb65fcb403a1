// What LibTorch asks of a CUDA: devices, streams, events, memory.
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <c10/core/impl/DeviceGuardImplInterface.h>

#include <atomic>
#include <utility>

#include "simulated_gpu/counters.h"
#include "simulated_gpu/device_memory.h"
#include "simulated_gpu/devices.h"
#include "simulated_gpu/pinned_memory.h"
#include "simulated_gpu/timeline.h"

namespace cxr::simulated_gpu {
namespace {

struct Event {
  Moment recorded;
  bool was_asked = false; ///< since it was recorded
};

// Work takes a while: who asks for the first time hears that it is not done, who asks again, that it is.
bool answer_query(const Moment& moment, bool& was_asked) {
  if (is_known_done(moment)) return true;
  if (!std::exchange(was_asked, true)) return false;
  learn(moment);
  return true;
}

struct DeviceGuardImpl final : c10::impl::DeviceGuardImplInterface {
  c10::DeviceType type() const override { return c10::kCUDA; }
  c10::DeviceIndex deviceCount() const noexcept override { return device_count(); }
  c10::Device getDevice() const override { return {c10::kCUDA, current_device()}; }
  void setDevice(c10::Device device) const override { set_current_device(device.index()); }
  void uncheckedSetDevice(c10::Device device) const noexcept override {
    if (device.index() >= 0 && device.index() < device_count()) set_current_device(device.index());
  }
  c10::Device exchangeDevice(c10::Device device) const override {
    const auto before = getDevice();
    set_current_device(device.index());
    return before;
  }

  c10::Stream getStream(c10::Device device) const override { return current_stream(indexed(device).index()); }
  c10::Stream getDefaultStream(c10::Device device) const override { return c10::Stream(c10::Stream::DEFAULT, indexed(device)); }
  c10::Stream getStreamFromGlobalPool(c10::Device device, bool) const override { return getNewStream(device, 0); }
  c10::Stream getNewStream(c10::Device device, int) const override {
    static std::atomic<c10::StreamId> next{1};
    return c10::Stream(c10::Stream::UNSAFE, indexed(device), next++);
  }
  c10::Stream exchangeStream(c10::Stream stream) const override {
    const auto before = current_stream(stream.device_index());
    set_current_stream(stream);
    return before;
  }
  bool queryStream(const c10::Stream& stream) const override {
    thread_local Moment asked_for;
    auto moment = moment_of(stream);
    bool was_asked = asked_for == moment;
    asked_for = moment;
    return answer_query(moment, was_asked);
  }
  void synchronizeStream(const c10::Stream& stream) const override { wait_for(moment_of(stream), "a stream"); }
  void synchronizeDevice(const c10::DeviceIndex device) const override { wait_for(moment_of(device), "a device"); }

  void record(void** event, const c10::Stream& stream, const c10::DeviceIndex, const c10::EventFlag) const override {
    if (!*event) *event = new Event;
    enqueue(stream);
    *static_cast<Event*>(*event) = {moment_of(stream)};
  }
  void block(void* event, const c10::Stream& stream) const override { order_after(stream, static_cast<Event*>(event)->recorded); }
  bool queryEvent(void* event) const override {
    auto& asked = *static_cast<Event*>(event);
    return answer_query(asked.recorded, asked.was_asked);
  }
  void synchronizeEvent(void* event) const override { wait_for(static_cast<Event*>(event)->recorded, "an event"); }
  void destroyEvent(void* event, const c10::DeviceIndex) const noexcept override { delete static_cast<Event*>(event); }
  double elapsedTime(void*, void*, const c10::DeviceIndex) const override { return 0; } // time means nothing here

 private:
  static c10::Device indexed(c10::Device device) { return device.has_index() ? device : c10::Device(c10::kCUDA, current_device()); }
};

struct CudaHooks final : at::CUDAHooksInterface {
  explicit CudaHooks(at::CUDAHooksArgs) {}
  void init() const override {}
  bool hasCUDA() const override { return true; }
  bool isBuilt() const override { return true; }
  bool isAvailable() const override { return device_count() > 0; }
  bool hasPrimaryContext(c10::DeviceIndex) const override { return true; }
  int getNumGPUs() const override { return device_count(); }
  c10::DeviceIndex deviceCount() const override { return device_count(); }
  c10::DeviceIndex current_device() const override { return simulated_gpu::current_device(); }
  c10::DeviceIndex getCurrentDevice() const override { return simulated_gpu::current_device(); }
  void setCurrentDevice(c10::DeviceIndex device) const override { set_current_device(device); }
  c10::DeviceIndex exchangeDevice(c10::DeviceIndex device) const override {
    const auto before = simulated_gpu::current_device();
    set_current_device(device);
    return before;
  }
  c10::DeviceIndex maybeExchangeDevice(c10::DeviceIndex device) const override { return exchangeDevice(device); }
  void deviceSynchronize(c10::DeviceIndex device) const override { wait_for(moment_of(device), "a device"); }

  at::Allocator* getCUDADeviceAllocator() const override { return &device_allocator(); }
  at::Allocator* getPinnedMemoryAllocator() const override { return &pinned_allocator(); }
  bool isPinnedPtr(const void* address) const override { return is_pinned(address); }
  at::Device getDeviceFromPtr(void* address) const override {
    const auto device = device_of(address);
    TORCH_CHECK(device, "The specified pointer resides on host memory and is not registered with any CUDA device.");
    return *device;
  }
  // For at::manual_seed(). Operators draw with the CPU's, and refuse one that is handed to them.
  const at::Generator& getDefaultGenerator(c10::DeviceIndex) const override { return at::detail::getDefaultCPUGenerator(); }
};

C10_REGISTER_GUARD_IMPL(CUDA, DeviceGuardImpl);

using at::CUDAHooksRegistry;
using at::RegistererCUDAHooksRegistry;
C10_REGISTER_CLASS(CUDAHooksRegistry, CUDAHooks, CudaHooks);

[[maybe_unused]] const bool has_allocator = [] {
  c10::SetAllocator(c10::kCUDA, &device_allocator(), /*priority=*/9);
  return true;
}();

} // namespace
} // namespace cxr::simulated_gpu
