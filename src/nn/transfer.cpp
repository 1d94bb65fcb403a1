#include "nn/transfer.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty_like.h>
#include <c10/core/impl/VirtualGuardImpl.h>

namespace cxr::nn {

at::Tensor upload(const at::Tensor& tensor, at::Device device) { return tensor.to(device, /*non_blocking=*/true); }

// The type is the host's to change: what crosses is then as short as what is wanted.
at::Tensor upload(const at::Tensor& tensor, at::Device device, at::ScalarType dtype) {
  return tensor.is_cpu() ? upload(tensor.to(dtype), device) : tensor.to(device, dtype, /*non_blocking=*/true);
}

Download::Download(const at::Tensor& tensor) : host_(tensor.detach()) {
  if (tensor.is_cpu()) return;
  const at::NoGradGuard no_grad;
  const c10::impl::VirtualGuardImpl device(tensor.device().type());
  // Only memory that the system may not move is copied to while the host goes on.
  host_ = at::empty_like(tensor, tensor.options().device(at::kCPU).pinned_memory(true));
  host_.copy_(tensor.detach(), /*non_blocking=*/true);
  is_done_.emplace(tensor.device().type());
  is_done_->record(device.getStream(tensor.device()));
}

const at::Tensor& Download::values() {
  if (is_done_) is_done_->synchronize();
  is_done_.reset();
  return host_;
}

} // namespace cxr::nn
