#include "nn/group_norm.h"

#include "nn/onednn.h"

namespace cxr::nn {

at::Tensor GroupNormImpl::forward(const at::Tensor& x) {
  if (onednn::usable(x)) return fused_group_norm(x, options.num_groups(), weight, bias, options.eps(), false);
  return at::group_norm(x, options.num_groups(), weight, bias, options.eps());
}

at::Tensor GroupNormImpl::forward_silu(const at::Tensor& x) {
  if (onednn::usable(x)) return fused_group_norm(x, options.num_groups(), weight, bias, options.eps(), true);
  return at::silu(at::group_norm(x, options.num_groups(), weight, bias, options.eps()));
}

} // namespace cxr::nn
