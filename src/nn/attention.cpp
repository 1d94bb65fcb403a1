#include "nn/attention.h"

#include "core/error.h"

namespace cxr::nn {
namespace {

constexpr std::int64_t kQueryRows = 512; // scores of one block, [512, S], stay in cache

// One head. q [L,d], k [S,d], v [S,d] → [L,d]. A product with a transposed right side is a linear layer whose weight is that side.
at::Tensor blocked_attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, at::Tensor out) {
  const auto scaled_k = (k / std::sqrt(static_cast<double>(q.size(1)))).contiguous(); // [S,d]
  const auto v_rows = v.t().contiguous();                                             // [d,S]
  for (std::int64_t begin = 0; begin < q.size(0); begin += kQueryRows) {
    const auto rows = q.slice(0, begin, std::min(begin + kQueryRows, q.size(0))).contiguous();
    const auto scores = onednn::linear(rows, scaled_k, {});                                          // [rows,S]
    out.slice(0, begin, begin + rows.size(0)).copy_(onednn::linear(scores.softmax(-1), v_rows, {})); // [rows,d]
  }
  return out;
}

} // namespace

at::Tensor dot_product_attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v) {
  expects(q.dim() == 4 && k.sizes() == v.sizes() && q.size(3) == k.size(3),
          "attention: q is [B,heads,L,d], k and v are [B,heads,S,d]");
  if (!onednn::usable(q)) return at::scaled_dot_product_attention(q, k, v);
  const auto out = at::empty_like(q, at::MemoryFormat::Contiguous);
  for (std::int64_t b = 0; b < q.size(0); ++b) {
    for (std::int64_t h = 0; h < q.size(1); ++h) blocked_attention(q[b][h], k[b][h], v[b][h], out[b][h]);
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
  const auto attended = dot_product_attention(to_q(tokens).unsqueeze(1), to_k(tokens).unsqueeze(1), to_v(tokens).unsqueeze(1));
  const auto out = to_out[0]->as<Linear>()->forward(attended.squeeze(1));     // [N,HW,C]
  return out.reshape({n, height, width, channels}).permute({0, 3, 1, 2}) + x; // [N,C,H,W]
}

} // namespace cxr::nn
