#include "nn/token_packing.h"

#include "core/error.h"

namespace cxr::nn {

TokenPacking::TokenPacking(at::IntArrayRef shape, const at::Tensor& mask, bool causal) : batch_(shape[0]), length_(shape[1]) {
  sequences_.causal = causal;
  sequences_.begins = {0};
  if (!mask.defined()) {
    for (std::int64_t i = 1; i <= batch_; ++i) sequences_.begins.push_back(i * length_);
    return;
  }
  expects(mask.sizes() == shape, "token packing: the mask has the shape of the ids");
  const auto is_real = mask.ne(0);
  const auto ends = is_real.sum(1, /*keepdim=*/false, at::kLong).cumsum(0).contiguous(); // [B]
  for (std::int64_t i = 0; i < batch_; ++i) sequences_.begins.push_back(ends.const_data_ptr<std::int64_t>()[i]);
  if (sequences_.begins.back() < batch_ * length_) real_ = is_real.flatten().nonzero().squeeze(1);
}

at::Tensor TokenPacking::pack(const at::Tensor& x) const {
  const auto flat = x.flatten(0, 1);
  return real_.defined() ? flat.index_select(0, real_) : flat;
}

at::Tensor TokenPacking::unpack(const at::Tensor& x) const {
  std::vector<std::int64_t> shape = {batch_, length_};
  shape.insert(shape.end(), x.sizes().begin() + 1, x.sizes().end());
  if (!real_.defined()) return x.view(shape);
  auto padded = at::zeros(shape, x.options());
  padded.flatten(0, 1).index_copy_(0, real_, x);
  return padded;
}

} // namespace cxr::nn
