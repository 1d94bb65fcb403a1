/// @file
/// Reads what a reader accepted, so that a sanitizer sees where it points.
#pragma once

#include <stdexcept>

#include "io/state_dict.h"

namespace cxr::test {

/// Reads every byte of each tensor's storage, and checks that the tensor's elements lie inside it.
inline std::uint64_t touch(const StateDict& tensors) {
  std::uint64_t sum = 0;
  for (const auto& [key, tensor] : tensors) {
    const auto& storage = tensor.storage();
    const auto* bytes = static_cast<const unsigned char*>(storage.data());
    for (std::size_t i = 0; i < storage.nbytes(); ++i) sum += bytes[i];
    if (tensor.numel() == 0) continue;
    auto last = tensor.storage_offset();
    for (std::int64_t d = 0; d < tensor.dim(); ++d) last += (tensor.size(d) - 1) * tensor.stride(d);
    if (last < 0 || (static_cast<std::size_t>(last) + 1) * tensor.itemsize() > storage.nbytes()) {
      throw std::out_of_range("a tensor reaches outside its storage: " + key);
    }
  }
  return sum;
}

} // namespace cxr::test
