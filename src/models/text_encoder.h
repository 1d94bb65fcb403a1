/// @file
/// Any of the study's text encoders behind one interface: CLIPTextModel, BertModel, RobertaModel, CXR-BERT.
#pragma once

#include <torch/types.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "models/pretrained.h"

namespace cxr {

/// What stands for a whole text (Chambon et al. 2022, section 2.2 and Table 2).
enum class Extraction {
  kCls,      ///< the last hidden state of the first token
  kMean,     ///< the mean of the last hidden states over real tokens (the mask counts)
  kPooler,   ///< BERT's pooler (dense and tanh on the first token); CLIP: the end-of-text token's state
  kSpecific, ///< CXR-BERT's projection head on the first token, L2-normalised; CLIP: text_projection of the pooled state
};

/// "cls", "mean", "pooler", "specific"; none for another name.
std::optional<Extraction> find_extraction(const std::string& name);
/// The same. @throws InputError (`--extraction`) for another name
Extraction parse_extraction(const std::string& name);
std::string extraction_name(Extraction extraction);

class TextEncoder {
 public:
  virtual ~TextEncoder() = default;

  /// The last hidden states (CLIP: after final_layer_norm). Those of padding are zero, except CLIP's: it attends causally and takes
  /// no mask, so that a text's own states are the same whatever follows it, and those of padding are what Stable Diffusion sees.
  /// @param ids int64 [B,L], on the host, where they are checked without waiting for a device
  /// @param mask int64 [B,L], on the host too, 1 for real tokens; undefined: all are real  @return [B,L,D] on the encoder's device
  /// @throws InputError for an id that is not in the vocabulary, or more tokens than max_tokens()
  virtual at::Tensor hidden_states(const at::Tensor& ids, const at::Tensor& mask) = 0;
  /// One vector a text out of what hidden_states() returned for the same ids and mask. @return float32 [B,width(extraction)]
  /// @throws InputError naming what the checkpoint lacks
  virtual at::Tensor extract(Extraction extraction, const at::Tensor& hidden_states, const at::Tensor& ids,
                             const at::Tensor& mask) = 0;
  /// Replaces the token table from id `first` on: learned tokens, which stand behind a tokenizer's vocabulary. Vectors on the
  /// encoder's device are not copied: where they are trained, hidden_states() has their values of the time and their gradient.
  /// @param first 1 to vocabulary_size()  @param vectors [n,D]  @throws InputError from an encoder that is not CLIP's
  virtual void set_tokens_from(std::int64_t first, const at::Tensor& vectors) = 0;
  /// A token's vector in the table. @param id below vocabulary_size()  @return [D]  @throws InputError as set_tokens_from() does
  virtual at::Tensor token_vector(std::int64_t id) const = 0;
  /// Whether the checkpoint has what the extraction needs.
  virtual bool offers(Extraction extraction) const = 0;
  virtual std::int64_t width(Extraction extraction) const = 0;
  /// D.
  virtual std::int64_t hidden_size() const = 0;
  virtual std::int64_t vocabulary_size() const = 0;
  /// The longest sequence that the position embeddings hold, special tokens included.
  virtual std::int64_t max_tokens() const = 0;
  /// Whether a text's states are defined only at the full length (CLIP: texts are padded to max_tokens(), and the states of padding
  /// tokens are part of the result); else padding is masked and any length gives the same.
  virtual bool has_fixed_length() const = 0;
};

/// The folder that holds the text encoder: `text_encoder/` of a Stable Diffusion folder, or the folder itself.
std::filesystem::path text_encoder_folder(const std::filesystem::path& folder);

/// The encoder that a Hugging Face folder holds, by config.json's `model_type` (clip, clip_text_model, bert, roberta, cxr-bert).
/// Accepts `bert.`, `roberta.` and `text_model.` prefixes, masked-language heads (left unread), with and without a pooler.
/// @param folder the encoder's, or a Stable Diffusion folder (its text_encoder/ is taken)
/// @throws InputError
std::unique_ptr<TextEncoder> load_text_encoder(const std::filesystem::path& folder, const LoadOptions& options = {});

} // namespace cxr
