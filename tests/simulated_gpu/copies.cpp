#include "simulated_gpu/copies.h"

#include <ATen/ATen.h>
#include <torch/library.h>

#include "simulated_gpu/counters.h"
#include "simulated_gpu/device_memory.h"
#include "simulated_gpu/devices.h"
#include "simulated_gpu/pinned_memory.h"
#include "simulated_gpu/timeline.h"

namespace cxr::simulated_gpu {
namespace {

at::Tensor on_host(const at::Tensor& tensor) { return tensor.is_cuda() ? host_view(tensor) : tensor; }
void move_values(const at::Tensor& to, const at::Tensor& from) { on_host(to).copy_(on_host(from)); }
c10::Stream stream_of(const at::Tensor& tensor) { return current_stream(tensor.get_device()); }

// CUDA converts and orders on the device, and then copies one piece of memory; what is left for the host to do, it waits for.
bool arrives_by_itself(const at::Tensor& to, const at::Tensor& from) {
  if (!is_pinned(to.const_data_ptr())) return false;
  return to.is_contiguous() || (to.is_non_overlapping_and_dense() && to.strides() == from.strides() && to.dtype() == from.dtype());
}

void copy_to_host(const at::Tensor& to, const at::Tensor& from, bool non_blocking) {
  count_copy_to_host();
  const auto stream = stream_of(from);
  if (non_blocking && arrives_by_itself(to, from)) {
    auto values = at::empty_strided(to.sizes(), to.strides(), to.options().pinned_memory(false));
    move_values(values, from);
    enqueue_copy(stream, to, std::move(values));
    return;
  }
  enqueue(stream);
  wait_for(moment_of(stream), "a copy to the host");
  move_values(to, from);
}

void copy_to_device(const at::Tensor& to, const at::Tensor& from, bool non_blocking) {
  count_copy_to_device();
  land_copies_into(from);
  move_values(to, from);
  enqueue(stream_of(to));
  if (!non_blocking) wait_for(moment_of(stream_of(to)), "a copy to the device");
}

void copy_between_devices(const at::Tensor& to, const at::Tensor& from) {
  count_operator("aten::copy_");
  move_values(to, from);
  enqueue(stream_of(from));
  if (to.device() != from.device()) order_after(stream_of(to), moment_of(stream_of(from)));
}

at::Tensor& copy_(at::Tensor& to, const at::Tensor& source, bool non_blocking) {
  if (to.is_same(source)) return to;
  const at::AutoDispatchBelowADInplaceOrView below_autograd;
  const auto from = source.expand_as(to); // throws where shapes do not fit
  if (to.numel() == 0) return to;
  if (!is_counting()) {
    move_values(to, from);
  } else if (to.is_cuda() && from.is_cuda()) {
    copy_between_devices(to, from);
  } else if (to.is_cuda()) {
    copy_to_device(to, from, non_blocking);
  } else {
    copy_to_host(to, from, non_blocking);
  }
  return to;
}

at::Tensor copy_from(const at::Tensor& source, const at::Tensor& to, bool non_blocking) {
  auto destination = to;
  return copy_(destination, source, non_blocking);
}

at::Tensor copy_from_and_resize(const at::Tensor& source, const at::Tensor& to) {
  if (to.sizes() != source.sizes()) to.resize_(source.sizes());
  return copy_from(source, to, false);
}

at::Scalar item(const at::Tensor& tensor) {
  if (is_counting()) {
    enqueue(stream_of(tensor));
    wait_for(moment_of(stream_of(tensor)), "an item");
  }
  return host_view(tensor).item();
}

TORCH_LIBRARY_IMPL(aten, CUDA, library) {
  library.impl("copy_", copy_);
  library.impl("_copy_from", copy_from);
  library.impl("_copy_from_and_resize", copy_from_and_resize);
  library.impl("_local_scalar_dense", item);
}

} // namespace

at::Tensor host_view(const at::Tensor& tensor) {
  const auto offset = tensor.storage_offset() * static_cast<std::int64_t>(tensor.element_size());
  auto* const start = static_cast<char*>(host_address(tensor.storage().data()));
  auto view = at::for_blob(start ? start + offset : nullptr, tensor.sizes())
                  .strides(tensor.strides())
                  .options(at::TensorOptions().dtype(tensor.dtype()).device(at::kCPU))
                  .make_tensor();
  if (tensor.is_conj()) view._set_conj(true);
  if (tensor.is_neg()) view._set_neg(true);
  return view;
}

} // namespace cxr::simulated_gpu
