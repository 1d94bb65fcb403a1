#include "nn/group_norm.h"

#include "nn/autograd/group_norm.h"
#include "nn/onednn.h"

namespace cxr::nn {

at::Tensor GroupNormImpl::normalize(const at::Tensor& x, bool silu) {
  if (onednn::usable(x)) return fused_group_norm(x, options.num_groups(), weight, bias, options.eps(), silu);
  if (onednn::recordable(x)) return autograd::group_norm(x, options.num_groups(), weight, bias, options.eps(), silu);
  const auto y = at::group_norm(x, options.num_groups(), weight.to(x.scalar_type()), bias.to(x.scalar_type()), options.eps());
  return silu ? at::silu(y) : y;
}

} // namespace cxr::nn
