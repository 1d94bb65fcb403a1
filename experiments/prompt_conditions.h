/// @file
/// What conditions the U-Net for a prompt (Chambon et al. 2022, section 2): CLIP's token states as in Stable Diffusion, with or
/// without learned tokens; another encoder's in their place; or a projection of another encoder's.
#pragma once

#include <torch/types.h>

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "experiments/prompt_tokens.h"
#include "models/text_encoder.h"
#include "models/textual_projection.h"

namespace cxr {

/// Where conditions come from. Paths that are not asked for are empty.
struct ConditionSources {
  std::filesystem::path encoder;    ///< a text encoder's folder, or a Stable Diffusion folder
  std::filesystem::path embedding;  ///< learned tokens for the encoder (models/learned_embeddings.h)
  std::filesystem::path projection; ///< of the encoder's vectors (models/textual_projection.h)
};

/// | projection | condition |
/// |---|---|
/// | none | the states of the prompt's 77 tokens, padding among them and not masked (diffusers: StableDiffusionPipeline) |
/// | of level token | the same, each projected |
/// | of level document | one vector: over 77 copies of it, cross attention would give the same |
class PromptConditions {
 public:
  /// @throws InputError for files that do not fit each other: (file, field, expected, found)
  PromptConditions(const ConditionSources& sources, const LoadOptions& options);

  /// A prompt is encoded by itself, and once: whatever stands beside it in a batch changes nothing.
  /// @return [1,S,D] on the device, in the dtype of the options
  at::Tensor operator()(const std::string& prompt);

  /// @param unet the U-Net's folder, for the message
  /// @throws InputError naming the file whose vectors have another width than the U-Net's cross attention
  void check_width(std::int64_t cross_attention_dim, const std::filesystem::path& unet) const;
  /// SHA-256 of the text encoder's weights is compared with what the projection was trained for.
  /// @throws InputError (the projection's file) if it was another encoder
  void check_encoder(const std::string& digest) const;

  const PromptTokens& tokens() const { return *tokens_; }

  /// Encodes all prompts that will be asked for, and gives the encoder's memory back. Nothing happens where there are more than are
  /// kept: then each is encoded when it is asked for.
  void encode_ahead(const std::set<std::string>& prompts);

 private:
  at::Tensor encode(const std::string& prompt);
  bool one_vector() const { return !projection_.is_empty() && projection_->options().extraction; }

  ConditionSources sources_;
  std::unique_ptr<TextEncoder> encoder_;
  TextualProjection projection_{nullptr};
  std::optional<PromptTokens> tokens_;
  std::map<std::string, at::Tensor> known_;
};

} // namespace cxr
