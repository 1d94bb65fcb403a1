/// @file
/// What the host knows of the devices' work. A simulated device does its work at once, but the host may rely on it only after it
/// waited, and a copy into pinned memory is not there before.
#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/Stream.h>

#include <cstdint>
#include <map>
#include <utility>

namespace cxr::simulated_gpu {

/// How much of each stream's work lies before it. Streams are not ordered among each other but by events.
using Moment = std::map<std::pair<c10::DeviceIndex, c10::StreamId>, std::int64_t>;

/// Work, on a stream, that the host does not wait for.
void enqueue(const c10::Stream& stream);
/// A copy to the host: `destination` holds 0xFF bytes from now on, and `values` once the host knows that the copy is done.
/// @param values on the host, of the destination's type, sizes and strides; both are dense
void enqueue_copy(const c10::Stream& stream, at::Tensor destination, at::Tensor values);

/// All that the stream was given, and what came before it by order_after().
Moment moment_of(const c10::Stream& stream);
/// All that the device's streams were given.
Moment moment_of(c10::DeviceIndex device);
/// What the stream is given from now on comes after the moment.
void order_after(const c10::Stream& stream, const Moment& moment);

bool is_known_done(const Moment& moment);
/// The host learns that all before the moment is done.
void learn(const Moment& moment);
/// The host stops until all before the moment is done; counted as a wait if it did not know so.
void wait_for(const Moment& moment, const char* why);

/// A stream that reads the destination of its own pending copy sees the values.
void land_copies_into(const at::Tensor& destination);

} // namespace cxr::simulated_gpu
