#include "nn/cross_attention.h"

#include "nn/attention.h"

namespace cxr::nn {

AttentionImpl::AttentionImpl(std::int64_t channels, std::int64_t context_channels, std::int64_t heads)
    : heads_(heads),
      to_q(register_module("to_q", Linear(channels, channels, /*with_bias=*/false))),
      to_k(register_module("to_k", Linear(context_channels, channels, /*with_bias=*/false))),
      to_v(register_module("to_v", Linear(context_channels, channels, /*with_bias=*/false))),
      to_out(register_module("to_out", torch::nn::ModuleList(Linear(channels, channels)))) {}

std::array<at::Tensor, 3> AttentionImpl::project(const at::Tensor& x, const at::Tensor& context) {
  const auto& attended = context.defined() ? context : x;
  if (onednn::is_watched(x)) return {to_q(x), to_k(attended), to_v(attended)};
  if (context.defined()) {
    const auto kv = fused_({to_k.get(), to_v.get()}, context).chunk(2, -1);
    return {to_q(x), kv[0], kv[1]};
  }
  const auto qkv = fused_({to_q.get(), to_k.get(), to_v.get()}, x).chunk(3, -1);
  return {qkv[0], qkv[1], qkv[2]};
}

at::Tensor AttentionImpl::forward(const at::Tensor& x, const at::Tensor& context, const at::Tensor& residual) {
  const auto [q, k, v] = project(x, context);
  return to_out[0]->as<Linear>()->forward_add(multi_head_attention(q, k, v, heads_), residual);
}

} // namespace cxr::nn
