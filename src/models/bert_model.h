/// @file
/// BertModel and RobertaModel (Devlin et al. 2019; Liu et al. 2019), with transformers' key names and config.
#pragma once

#include <optional>

#include "models/bert_layer.h"
#include "nn/embedding.h"
#include "nn/layer_norm.h"

namespace cxr {

/// The fields of a BERT's or RoBERTa's config.json that shape the encoder.
struct BertOptions {
  TransformerOptions encoder;
  std::int64_t type_vocab_size = 2;
  std::optional<std::int64_t> padding_idx;           ///< RoBERTa: positions count from pad_token_id + 1, and padding stays at it
  std::int64_t projection_size = 128;                ///< CXR-BERT's head
  bool with_pooler = false, with_projection = false; ///< what the checkpoint holds, not what the configuration says

  /// @param config config.json of model_type bert, roberta or cxr-bert
  /// @throws InputError for a field of a wrong type or out of range, a decoder, or relative positions
  static BertOptions read(const JsonFile& config);

  /// The longest text: RoBERTa's first positions belong to padding.
  std::int64_t max_tokens() const { return encoder.max_position_embeddings - (padding_idx ? *padding_idx + 1 : 0); }
};

/// Keys: word_embeddings, position_embeddings, token_type_embeddings, LayerNorm. Every token is of type 0.
class BertEmbeddingsImpl : public torch::nn::Module {
 public:
  explicit BertEmbeddingsImpl(const BertOptions& options);
  /// @param ids, positions int64 [...]  @return [...,D]
  at::Tensor forward(const at::Tensor& ids, const at::Tensor& positions);
  /// Positions of ids [B,L]: 0, 1, …; RoBERTa: padding_idx + how many ids so far are no padding. @return int64 [B,L] or [1,L]
  at::Tensor positions(const at::Tensor& ids) const;
  const at::Tensor& table() const { return word_embeddings->weight; }

 private:
  std::optional<std::int64_t> padding_idx_;
  nn::Embedding word_embeddings{nullptr}, position_embeddings{nullptr}, token_type_embeddings{nullptr};
  nn::LayerNorm LayerNorm{nullptr};
};
TORCH_MODULE(BertEmbeddings);

/// tanh(dense(the first token)). Key: dense.
class BertPoolerImpl : public torch::nn::Module {
 public:
  explicit BertPoolerImpl(std::int64_t hidden_size);
  /// @param first [B,D]  @return [B,D]
  at::Tensor forward(const at::Tensor& first) { return at::tanh(dense(first)); }

 private:
  nn::Linear dense{nullptr};
};
TORCH_MODULE(BertPooler);

/// CXR-BERT's projection (Boecking et al. 2022, BiomedVLP): linear, GELU, layer norm (ε 1e-12), linear; then L2 norm.
/// Keys: dense_to_hidden, LayerNorm, dense_to_output.
class CxrBertProjectionHeadImpl : public torch::nn::Module {
 public:
  CxrBertProjectionHeadImpl(std::int64_t hidden_size, std::int64_t projection_size);
  /// @param first [B,D]  @return [B,projection_size] of length 1
  at::Tensor forward(const at::Tensor& first);

 private:
  nn::Linear dense_to_hidden{nullptr}, dense_to_output{nullptr};
  nn::LayerNorm LayerNorm{nullptr};
};
TORCH_MODULE(CxrBertProjectionHead);

/// Keys: embeddings, encoder, and where the checkpoint has them pooler and cls_projection_head.
class BertModelImpl : public torch::nn::Module {
 public:
  explicit BertModelImpl(const BertOptions& options);
  /// The last hidden states, zero at padding tokens. @param ids int64 [B,L]  @param mask int64 [B,L], 1 for real tokens; undefined:
  /// all are  @return [B,L,D]
  at::Tensor forward(const at::Tensor& ids, const at::Tensor& mask);

  const BertOptions& options() const { return options_; }
  at::Device device() const { return embeddings->table().device(); }

  BertPooler pooler{nullptr};
  CxrBertProjectionHead cls_projection_head{nullptr};

 private:
  BertOptions options_;
  BertEmbeddings embeddings{nullptr};
  BertEncoder encoder{nullptr};
};
TORCH_MODULE(BertModel);

} // namespace cxr
