#include "nn/group_norm.h"

namespace cxr::nn {

at::Tensor GroupNormImpl::forward(const at::Tensor& x) {
  return at::group_norm(x, options.num_groups(), weight, bias, options.eps());
}

at::Tensor GroupNormImpl::forward_silu(const at::Tensor& x) {
  auto y = forward(x);
  return at::GradMode::is_enabled() ? at::silu(y) : at::silu_(y);
}

} // namespace cxr::nn
