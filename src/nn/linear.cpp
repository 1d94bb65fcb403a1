#include "nn/linear.h"

namespace cxr::nn {

LinearImpl::LinearImpl(std::int64_t in_features, std::int64_t out_features, bool with_bias, LinearWeight shape)
    : weight(register_parameter("weight", shape == LinearWeight::kMatrix ? at::empty({out_features, in_features})
                                                                         : at::empty({out_features, in_features, 1, 1}))) {
  if (with_bias) bias = register_parameter("bias", at::empty({out_features}));
}

at::Tensor LinearImpl::forward(const at::Tensor& x) {
  return onednn::usable(x) ? onednn::linear(x, packed(), bias) : at::linear(x, matrix(), bias);
}

at::Tensor LinearImpl::forward_add(const at::Tensor& x, const at::Tensor& residual) {
  return onednn::usable(x) ? onednn::linear_add(x, residual, packed(), bias) : at::linear(x, matrix(), bias) + residual;
}

const at::Tensor& LinearImpl::packed() {
  return packed_.get(weight, [this](const at::Tensor&) { return onednn::pack_linear_weight(matrix()); });
}

} // namespace cxr::nn
