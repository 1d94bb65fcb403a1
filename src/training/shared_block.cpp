#include "training/shared_block.h"

#include <ATen/core/grad_mode.h>

#include "core/error.h"

namespace cxr {
namespace {

constexpr std::int64_t kAlignment = 64; ///< elements: 256 bytes of float32, as CUDA's allocator aligns

std::int64_t aligned(std::int64_t count) { return (count + kAlignment - 1) / kAlignment * kAlignment; }

} // namespace

void share_block(const std::vector<at::Tensor>& tensors) {
  if (tensors.empty() || tensors.front().is_cpu()) return;
  const at::NoGradGuard no_grad;
  std::int64_t size = 0;
  for (const auto& tensor : tensors) {
    expects(tensor.is_non_overlapping_and_dense(), "share_block: a tensor with gaps");
    size += aligned(tensor.numel());
  }
  const auto block = at::empty({size}, tensors.front().options().requires_grad(false));
  std::int64_t begin = 0;
  for (auto tensor : tensors) {
    const auto place = block.as_strided(tensor.sizes(), tensor.strides(), begin);
    place.copy_(tensor.detach());
    tensor.set_data(place);
    begin += aligned(tensor.numel());
  }
}

} // namespace cxr
