/// @file
/// A frozen text encoder with its tokenizer over many prompts at once: of each the same vectors as `cxr generate` takes of it by
/// itself (experiments/prompt_conditions.h).
#pragma once

#include <torch/types.h>

#include <filesystem>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "models/text_encoder.h"
#include "text/tokenizer.h"

namespace cxr {

/// The states of tokens.
struct TokenStates {
  at::Tensor states;                 ///< float32 [n,S,D], those of padding among them
  std::vector<std::int64_t> lengths; ///< [n]: tokens of each prompt, special ones included
};

class PromptEncoder {
 public:
  /// @param folder an encoder's, or a Stable Diffusion folder
  /// @throws InputError also for a tokenizer of more ids than the encoder's embedding has rows
  PromptEncoder(const std::filesystem::path& folder, const LoadOptions& options);

  /// One vector a prompt. @return float32 [n,1,D] on the encoder's device
  at::Tensor documents(std::span<const std::string_view> prompts, Extraction extraction);
  /// Every token's state, padding among them and not masked, as conditions of a U-Net.
  TokenStates tokens(std::span<const std::string_view> prompts);

  const TextEncoder& encoder() const { return *encoder_; }
  const std::filesystem::path& folder() const { return folder_; }
  const std::filesystem::path& tokenizer() const { return tokenizer_folder_; }
  std::int64_t width(std::optional<Extraction> extraction) const {
    return extraction ? encoder_->width(*extraction) : encoder_->hidden_size();
  }

 private:
  std::vector<std::vector<std::int32_t>> tokenize(std::span<const std::string_view> prompts, std::int64_t limit) const;

  std::filesystem::path folder_, tokenizer_folder_;
  at::Device device_;
  std::unique_ptr<TextEncoder> encoder_;
  std::unique_ptr<Tokenizer> tokenizer_;
};

} // namespace cxr
