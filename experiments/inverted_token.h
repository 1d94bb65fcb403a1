/// @file
/// A new token of a frozen CLIP text encoder, whose vectors alone are trained (Gal et al. 2022, section 4.1; diffusers:
/// examples/textual_inversion/textual_inversion.py).
#pragma once

#include <torch/types.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "experiments/prompt_tokens.h"
#include "models/text_encoder.h"
#include "training/objective.h"

namespace cxr {

struct InvertedTokenOptions {
  std::filesystem::path model; ///< Stable Diffusion folder: its text encoder and tokenizer
  std::string token;           ///< the placeholder, "<lung-xray>", which the vocabulary lacks
  std::string initializer;     ///< a word of one token, whose vector all of the new ones start from
  std::int64_t vectors = 1;    ///< how many stand for the placeholder: those of token, token_1, … (models/learned_embeddings.h)
};

class InvertedToken {
 public:
  /// @param load the encoder's; the new vectors are float32
  /// @throws InputError for a token that is there already or has blanks, an initialiser of several tokens (it names them),
  ///   an encoder that is not CLIP's
  InvertedToken(const InvertedTokenOptions& options, const LoadOptions& load);

  /// Of its name, float32 [n,D].
  const TrainedParameter& parameter() const { return parameter_; }
  std::int64_t hidden_size() const { return encoder_->hidden_size(); }

  /// What the encoder reads of each prompt, padded. @return int64 [prompts.size(),77] on the CPU
  at::Tensor ids(const std::vector<std::string>& prompts) const;
  /// @throws InputError (`file`) for a prompt of which not all of the new token is read
  void check_read(const std::string& prompt, const std::string& file) const;
  /// The states that condition the U-Net, with the vectors of the time. @param ids [n,77]  @return [n,77,D], in the encoder's type
  at::Tensor conditions(const at::Tensor& ids) const;

 private:
  std::unique_ptr<TextEncoder> encoder_;
  std::optional<PromptTokens> tokens_;
  std::int64_t first_id_ = 0;
  TrainedParameter parameter_;
};

} // namespace cxr
