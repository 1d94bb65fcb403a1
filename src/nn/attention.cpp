#include "nn/attention.h"

#include "core/error.h"
#include "nn/autograd/attention.h"
#include "nn/fused_attention.h"

namespace cxr::nn {

at::Tensor multi_head_attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, std::int64_t heads) {
  expects(q.dim() == 3 && k.dim() == 3 && k.sizes() == v.sizes() && q.size(0) == k.size(0) && q.size(2) == k.size(2) &&
              q.size(2) % heads == 0 && q.scalar_type() == k.scalar_type() && q.scalar_type() == v.scalar_type(),
          "attention: q is [N,L,D], k and v are [N,S,D], {} heads divide D, all of one type", heads);
  if (has_fused_attention(q.scalar_type())) {
    if (onednn::usable(q)) return fused_attention(q, k, v, heads).out;
    if (onednn::recordable(q)) return autograd::attention(q, k, v, heads);
  }
  const auto split = [&](const at::Tensor& x) { return x.unflatten(2, {heads, x.size(2) / heads}).transpose(1, 2); };
  return at::scaled_dot_product_attention(split(q), split(k), split(v)).transpose(1, 2).reshape(q.sizes());
}

VaeAttentionImpl::VaeAttentionImpl(std::int64_t channels, std::int64_t groups, double eps)
    : group_norm(register_module("group_norm", GroupNorm(torch::nn::GroupNormOptions(groups, channels).eps(eps)))),
      to_q(register_module("to_q", Linear(channels, channels))),
      to_k(register_module("to_k", Linear(channels, channels))),
      to_v(register_module("to_v", Linear(channels, channels))),
      to_out(register_module("to_out", torch::nn::ModuleList(Linear(channels, channels)))) {}

at::Tensor VaeAttentionImpl::forward(const at::Tensor& x) {
  const auto n = x.size(0), channels = x.size(1), height = x.size(2), width = x.size(3);
  const auto tokens = group_norm->forward(x).permute({0, 2, 3, 1}).reshape({n, height * width, channels}); // [N,HW,C]
  const auto attended = multi_head_attention(to_q(tokens), to_k(tokens), to_v(tokens), 1);
  const auto out = to_out[0]->as<Linear>()->forward(attended);                // [N,HW,C]
  return out.reshape({n, height, width, channels}).permute({0, 3, 1, 2}) + x; // [N,C,H,W]
}

} // namespace cxr::nn
