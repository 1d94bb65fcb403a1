/// @file
/// Copies between the host and a device of which the host does not wait, or waits later.
#pragma once

#include <torch/types.h>

#include <optional>

#include <c10/core/Event.h>

namespace cxr::nn {

/// A tensor of the host on `device`, in its order among what the device was given: the host goes on. `tensor` itself where it is
/// there. A plain at::Tensor::to() would wait until the device has done all that it was given before.
at::Tensor upload(const at::Tensor& tensor, at::Device device);
/// The same, in another type.
at::Tensor upload(const at::Tensor& tensor, at::Device device, at::ScalarType dtype);

/// What a tensor is now, for the host to look at later: the copy is on its way while the host gives the device more to do.
class Download {
 public:
  /// @param tensor on the CPU: it is kept as it is
  explicit Download(const at::Tensor& tensor);

  /// The values on the host. Waits for the copy, not for what the device was given after it.
  const at::Tensor& values();

 private:
  at::Tensor host_;
  std::optional<c10::Event> is_done_;
};

} // namespace cxr::nn
