#include "nn/linear.h"

namespace cxr::nn {

LinearImpl::LinearImpl(std::int64_t in_features, std::int64_t out_features, bool with_bias)
    : weight(register_parameter("weight", at::empty({out_features, in_features}))) {
  if (with_bias) bias = register_parameter("bias", at::empty({out_features}));
}

at::Tensor LinearImpl::forward(const at::Tensor& x) {
  return onednn::usable(x) ? onednn::linear(x, packed(), bias) : at::linear(x, weight, bias);
}

at::Tensor LinearImpl::forward_add(const at::Tensor& x, const at::Tensor& residual) {
  return onednn::usable(x) ? onednn::linear_add(x, residual, packed(), bias) : at::linear(x, weight, bias) + residual;
}

const at::Tensor& LinearImpl::packed() { return packed_.get(weight, onednn::pack_linear_weight); }

} // namespace cxr::nn
