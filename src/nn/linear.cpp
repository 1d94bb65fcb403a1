#include "nn/linear.h"

namespace cxr::nn {

LinearImpl::LinearImpl(std::int64_t in_features, std::int64_t out_features, bool with_bias)
    : weight(register_parameter("weight", at::empty({out_features, in_features}))) {
  if (with_bias) bias = register_parameter("bias", at::empty({out_features}));
}

at::Tensor LinearImpl::forward(const at::Tensor& x) {
  if (!onednn::usable(x)) return at::linear(x, weight, bias);
  const auto& packed =
      packed_.get(weight, [&](const at::Tensor& w) { return onednn::pack_linear_weight(w, x.numel() / x.size(-1)); });
  return onednn::linear(x, packed, bias);
}

} // namespace cxr::nn
