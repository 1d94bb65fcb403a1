#include "nn/linear.h"

#include "nn/autograd/linear.h"

namespace cxr::nn {

LinearImpl::LinearImpl(std::int64_t in_features, std::int64_t out_features, bool with_bias, LinearWeight shape)
    : weight(register_parameter("weight", shape == LinearWeight::kMatrix ? at::empty({out_features, in_features})
                                                                         : at::empty({out_features, in_features, 1, 1}))) {
  if (with_bias) bias = register_parameter("bias", at::empty({out_features}));
}

at::Tensor LinearImpl::forward(const at::Tensor& x) {
  if (onednn::usable(x)) return onednn::linear(x, packed(x), onednn::in_type_of(x, bias));
  if (onednn::recordable(x)) return autograd::linear(x, matrix(), bias);
  return at::linear(x, onednn::in_type_of(x, matrix()), onednn::in_type_of(x, bias));
}

at::Tensor LinearImpl::forward_add(const at::Tensor& x, const at::Tensor& residual) {
  if (onednn::usable(x)) return onednn::linear_add(x, residual, packed(x), onednn::in_type_of(x, bias));
  return forward(x) + residual;
}

at::Tensor LinearImpl::packed(const at::Tensor& x) {
  return packed_.get(weight, x.scalar_type(), [this](const at::Tensor& w) { return onednn::pack_linear_weight(as_matrix(w)); });
}

} // namespace cxr::nn
