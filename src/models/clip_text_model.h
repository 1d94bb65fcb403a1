/// @file
/// CLIPTextModel (Radford et al. 2021), the text encoder of Stable Diffusion, with transformers' key names and config.
#pragma once

#include "models/clip_layer.h"
#include "nn/embedding.h"
#include "nn/layer_norm.h"

namespace cxr {

/// The fields of a CLIP text model's config.json that shape the encoder.
struct ClipTextOptions {
  TransformerOptions encoder;
  std::int64_t projection_dim = 512;
  std::int64_t eos_token_id = 49407; ///< 2 is older configurations' mistake: the pooled token is then the one of the largest id
  bool with_projection = false;      ///< what the checkpoint holds

  /// @param config config.json of model_type clip_text_model, or clip (its text_config is taken)
  /// @throws InputError for a field of a wrong type or out of range
  static ClipTextOptions read(const JsonFile& config);
};

/// Keys: token_embedding, position_embedding.
class ClipTextEmbeddingsImpl : public torch::nn::Module {
 public:
  explicit ClipTextEmbeddingsImpl(const TransformerOptions& options);
  /// @param ids int64 [B,L], on the model's device  @return [B,L,D]
  at::Tensor forward(const at::Tensor& ids);

  /// Ids from `first` on have rows of `vectors` [n,D] in place of the table's.
  void set_tokens_from(std::int64_t first, const at::Tensor& vectors) { first_added_ = first, added_ = vectors; }

  nn::Embedding token_embedding{nullptr}, position_embedding{nullptr};

 private:
  at::Tensor tokens(const at::Tensor& ids);

  std::int64_t first_added_ = 0;
  at::Tensor added_; ///< undefined: all rows are the table's
};
TORCH_MODULE(ClipTextEmbeddings);

/// Keys (a checkpoint's, without its `text_model.`): embeddings, encoder, final_layer_norm, and text_projection where there is one.
class ClipTextModelImpl : public torch::nn::Module {
 public:
  explicit ClipTextModelImpl(const ClipTextOptions& options);
  /// The last hidden states after final_layer_norm. A token attends to itself and those before it, so what follows a text changes
  /// none of its states. @param ids int64 [B,L]  @return [B,L,D]
  at::Tensor forward(const at::Tensor& ids);
  /// The state of the end-of-text token: the first eos_token_id, or the largest id (ClipTextOptions).
  /// @param ids int64 [B,L], on the host  @return [B,D]
  at::Tensor pooled(const at::Tensor& states, const at::Tensor& ids) const;

  /// Replaces the token table from row `first` on. The vectors are not copied: where they require a gradient, forward() records
  /// them, and they alone; the table stays as it is. @param first 1 to the vocabulary's size  @param vectors [n,D]
  void set_tokens_from(std::int64_t first, const at::Tensor& vectors);

  /// A row of the token table. @return [D]
  at::Tensor token_vector(std::int64_t id) const { return embeddings->token_embedding->weight.select(0, id); }

  const ClipTextOptions& options() const { return options_; }
  at::Device device() const { return embeddings->token_embedding->weight.device(); }

  nn::Linear text_projection{nullptr};

 private:
  ClipTextOptions options_;
  ClipTextEmbeddings embeddings{nullptr};
  ClipEncoder encoder{nullptr};
  nn::LayerNorm final_layer_norm{nullptr};
};
TORCH_MODULE(ClipTextModel);

} // namespace cxr
