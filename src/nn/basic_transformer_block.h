/// @file
/// One layer of a denoiser's transformer (diffusers: BasicTransformerBlock).
#pragma once

#include "nn/cross_attention.h"
#include "nn/geglu.h"
#include "nn/layer_norm.h"

namespace cxr::nn {

/// Self-attention, attention to the condition, gated feed-forward; each normalises its input and adds its output to it.
/// Keys: norm1, attn1, norm2, attn2, norm3, ff.
class BasicTransformerBlockImpl : public torch::nn::Module {
 public:
  BasicTransformerBlockImpl(std::int64_t channels, std::int64_t heads, std::int64_t cross_attention_dim);
  /// @param x [N,L,C]  @param condition [N,S,cross_attention_dim]  @return [N,L,C]
  at::Tensor forward(at::Tensor x, const at::Tensor& condition);

 private:
  LayerNorm norm1{nullptr}, norm2{nullptr}, norm3{nullptr};
  Attention attn1{nullptr}, attn2{nullptr};
  GegluFeedForward ff{nullptr};
};
TORCH_MODULE(BasicTransformerBlock);

} // namespace cxr::nn
