#include "nn/attention.h"

#include <ATen/Parallel.h>

#include "core/error.h"
#include "nn/kernels/long_attention.h"

namespace cxr::nn {
namespace {

// All heads, read and written where the linear layers leave them. T: float, or bfloat16's bits.
template <typename T>
void fused_attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, std::int64_t heads, const at::Tensor& out) {
  const auto count = q.size(0) * heads, keys = k.size(1), width = q.size(2) / heads;
  const auto rows = [&](const at::Tensor& x, std::int64_t head) {
    const auto* data = static_cast<const T*>(x.const_data_ptr()) + head / heads * x.stride(0) + head % heads * width;
    return kernels::HeadRows<const T>{data, x.size(1), x.stride(1)};
  };
  const auto words = kernels::packed_words<T>(keys, width);
  const at::Tensor packed = at::empty({count, words}, q.options().dtype(at::kInt)); // of every head, for all its blocks of queries
  auto* const pack = static_cast<kernels::Word*>(packed.mutable_data_ptr());
  at::parallel_for(0, count, 1, [&](std::int64_t begin, std::int64_t end) {
    for (auto head = begin; head < end; ++head) kernels::pack_head<T>(rows(k, head), rows(v, head), width, pack + head * words);
  });
  auto* const y = static_cast<T*>(out.mutable_data_ptr());
  const auto blocks = (q.size(1) + kernels::kQueryBlock - 1) / kernels::kQueryBlock;
  at::parallel_for(0, count * blocks, 1, [&](std::int64_t begin, std::int64_t end) {
    std::vector<kernels::Word> scratch;
    for (auto item = begin; item < end; ++item) {
      const auto head = item / blocks, first = item % blocks * kernels::kQueryBlock;
      auto queries = rows(q, head);
      queries.data += first * queries.stride;
      queries.count = std::min(kernels::kQueryBlock, queries.count - first);
      auto* to = y + head / heads * out.stride(0) + head % heads * width + first * out.stride(1);
      kernels::attend_block<T>(queries, pack + head * words, keys, width, {to, queries.count, out.stride(1)}, scratch);
    }
  });
}

} // namespace

at::Tensor multi_head_attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, std::int64_t heads) {
  expects(q.dim() == 3 && k.dim() == 3 && k.sizes() == v.sizes() && q.size(0) == k.size(0) && q.size(2) == k.size(2) &&
              q.size(2) % heads == 0 && q.scalar_type() == k.scalar_type() && q.scalar_type() == v.scalar_type(),
          "attention: q is [N,L,D], k and v are [N,S,D], {} heads divide D, all of one type", heads);
  const bool is_bfloat16 = q.scalar_type() == at::kBFloat16;
  if (!onednn::usable(q) || !kernels::has_long_attention(is_bfloat16)) {
    const auto split = [&](const at::Tensor& x) { return x.unflatten(2, {heads, x.size(2) / heads}).transpose(1, 2); };
    return at::scaled_dot_product_attention(split(q), split(k), split(v)).transpose(1, 2).reshape(q.sizes());
  }
  const auto dense = [](const at::Tensor& x) { return x.stride(2) == 1 ? x : x.contiguous(); };
  const auto out = at::empty(q.sizes(), q.options());
  if (is_bfloat16) {
    fused_attention<std::uint16_t>(dense(q), dense(k), dense(v), heads, out);
  } else {
    fused_attention<float>(dense(q), dense(k), dense(v), heads, out);
  }
  return out;
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
