/// @file
/// The layers of CLIP's text transformer (Radford et al. 2021), with transformers' key names.
#pragma once

#include <torch/nn/modules/container/modulelist.h>

#include "models/transformer_config.h"
#include "nn/feed_forward.h"
#include "nn/layer_norm.h"
#include "nn/token_attention.h"

namespace cxr {

/// Self-attention and the residual. Keys: q_proj, k_proj, v_proj, out_proj.
class ClipAttentionImpl : public torch::nn::Module {
 public:
  explicit ClipAttentionImpl(const TransformerOptions& options);
  /// @param x [T,D] or [B,L,D] (nn/token_attention.h)  @return out_proj(attention(x)) + residual
  at::Tensor forward(const at::Tensor& x, const nn::Sequences& sequences, const at::Tensor& residual);

 private:
  std::int64_t heads_;
  nn::Linear q_proj{nullptr}, k_proj{nullptr}, v_proj{nullptr}, out_proj{nullptr};
  nn::FusedProjections projections_;
};
TORCH_MODULE(ClipAttention);

/// fc2(activation(fc1(x))) + residual. Keys: fc1, fc2.
class ClipMlpImpl : public torch::nn::Module {
 public:
  explicit ClipMlpImpl(const TransformerOptions& options);
  at::Tensor forward(const at::Tensor& x, const at::Tensor& residual) { return feed_forward_(*fc1, *fc2, x, residual); }

 private:
  nn::Linear fc1{nullptr}, fc2{nullptr};
  nn::FeedForward feed_forward_;
};
TORCH_MODULE(ClipMlp);

/// Normalises before each half. Keys: self_attn, layer_norm1, mlp, layer_norm2.
class ClipEncoderLayerImpl : public torch::nn::Module {
 public:
  explicit ClipEncoderLayerImpl(const TransformerOptions& options);
  /// @param x [T,D] or [B,L,D]  @return the same shape
  at::Tensor forward(const at::Tensor& x, const nn::Sequences& sequences);

 private:
  ClipAttention self_attn{nullptr};
  nn::LayerNorm layer_norm1{nullptr}, layer_norm2{nullptr};
  ClipMlp mlp{nullptr};
};
TORCH_MODULE(ClipEncoderLayer);

/// Key: layers.i.
class ClipEncoderImpl : public torch::nn::Module {
 public:
  explicit ClipEncoderImpl(const TransformerOptions& options);
  at::Tensor forward(at::Tensor x, const nn::Sequences& sequences);

 private:
  torch::nn::ModuleList layers{nullptr};
};
TORCH_MODULE(ClipEncoder);

} // namespace cxr
