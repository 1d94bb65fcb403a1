#include "nn/basic_transformer_block.h"

namespace cxr::nn {
namespace {

constexpr double kNormEps = 1e-5;

} // namespace

BasicTransformerBlockImpl::BasicTransformerBlockImpl(std::int64_t channels, std::int64_t heads, std::int64_t cross_attention_dim)
    : norm1(register_module("norm1", LayerNorm(channels, kNormEps))),
      norm2(register_module("norm2", LayerNorm(channels, kNormEps))),
      norm3(register_module("norm3", LayerNorm(channels, kNormEps))),
      attn1(register_module("attn1", Attention(channels, channels, heads))),
      attn2(register_module("attn2", Attention(channels, cross_attention_dim, heads))),
      ff(register_module("ff", GegluFeedForward(channels))) {}

at::Tensor BasicTransformerBlockImpl::forward(at::Tensor x, const at::Tensor& condition) {
  x = attn1(norm1(x), at::Tensor(), x);
  x = attn2(norm2(x), condition, x);
  return ff(norm3(x), x);
}

} // namespace cxr::nn
