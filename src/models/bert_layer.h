/// @file
/// The layers of BERT (Devlin et al. 2019) and RoBERTa, with transformers' key names.
#pragma once

#include <torch/nn/modules/container/modulelist.h>

#include "models/transformer_config.h"
#include "nn/feed_forward.h"
#include "nn/layer_norm.h"
#include "nn/token_attention.h"

namespace cxr {

/// Keys: query, key, value.
class BertSelfAttentionImpl : public torch::nn::Module {
 public:
  explicit BertSelfAttentionImpl(const TransformerOptions& options);
  /// @param x [T,D] or [B,L,D] (nn/token_attention.h)  @return the same shape
  at::Tensor forward(const at::Tensor& x, const nn::Sequences& sequences);

 private:
  std::int64_t heads_;
  nn::Linear query{nullptr}, key{nullptr}, value{nullptr};
  nn::FusedProjections projections_;
};
TORCH_MODULE(BertSelfAttention);

/// LayerNorm(dense(x) + residual). Keys: dense, LayerNorm.
class BertOutputImpl : public torch::nn::Module {
 public:
  BertOutputImpl(std::int64_t in_features, const TransformerOptions& options);
  at::Tensor forward(const at::Tensor& x, const at::Tensor& residual) { return LayerNorm(dense->forward_add(x, residual)); }

  nn::Linear dense{nullptr};
  nn::LayerNorm LayerNorm{nullptr};
};
TORCH_MODULE(BertOutput);

/// Keys: self, output.
class BertAttentionImpl : public torch::nn::Module {
 public:
  explicit BertAttentionImpl(const TransformerOptions& options);
  at::Tensor forward(const at::Tensor& x, const nn::Sequences& sequences) { return output(self(x, sequences), x); }

 private:
  BertSelfAttention self{nullptr};
  BertOutput output{nullptr};
};
TORCH_MODULE(BertAttention);

/// Key: dense.
class BertIntermediateImpl : public torch::nn::Module {
 public:
  explicit BertIntermediateImpl(const TransformerOptions& options);

  nn::Linear dense{nullptr};
};
TORCH_MODULE(BertIntermediate);

/// Keys: attention, intermediate, output.
class BertLayerImpl : public torch::nn::Module {
 public:
  explicit BertLayerImpl(const TransformerOptions& options);
  /// @param x [T,D] or [B,L,D]  @return the same shape
  at::Tensor forward(const at::Tensor& x, const nn::Sequences& sequences);

 private:
  BertAttention attention{nullptr};
  BertIntermediate intermediate{nullptr};
  BertOutput output{nullptr};
  nn::FeedForward feed_forward_;
};
TORCH_MODULE(BertLayer);

/// Key: layer.i.
class BertEncoderImpl : public torch::nn::Module {
 public:
  explicit BertEncoderImpl(const TransformerOptions& options);
  at::Tensor forward(at::Tensor x, const nn::Sequences& sequences);

 private:
  torch::nn::ModuleList layer{nullptr};
};
TORCH_MODULE(BertEncoder);

} // namespace cxr
