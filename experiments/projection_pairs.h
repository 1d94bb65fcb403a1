/// @file
/// What a textual projection learns from: a domain encoder's vectors of prompts, and those of CLIP that they are to become.
#pragma once

#include <torch/types.h>

#include <optional>
#include <span>
#include <string>

#include "experiments/prompt_encoder.h"
#include "experiments/prompt_texts.h"
#include "training/token_pairing.h"

namespace cxr {

struct ProjectionPairs {
  at::Tensor source; ///< float32 [n,S,in]: S vectors of each prompt, one at document level
  at::Tensor target; ///< float32 [n,S,out]
  at::Tensor weight; ///< float32 [n,S], of each in its prompt's loss; undefined: all count alike
};

class ProjectionPairSource {
 public:
  virtual ~ProjectionPairSource() = default;
  virtual std::int64_t size() const = 0;
  /// The start of a prompt, for messages.
  virtual std::string name(std::int64_t sample) const = 0;
  /// @param samples 0 … size() - 1, in any order
  virtual ProjectionPairs pairs(std::span<const std::int64_t> samples) = 0;
};

/// Computes both encoders' vectors when they are asked for.
class PromptPairs final : public ProjectionPairSource {
 public:
  /// @param extraction of level document; none: level token  @param source, clip are borrowed
  PromptPairs(PromptTexts texts, PromptEncoder& source, PromptEncoder& clip, std::optional<Extraction> extraction,
              TokenPairing pairing);

  std::int64_t size() const override { return texts_.size(); }
  std::string name(std::int64_t sample) const override;
  ProjectionPairs pairs(std::span<const std::int64_t> samples) override;

 private:
  PromptTexts texts_;
  PromptEncoder& source_;
  PromptEncoder& clip_;
  std::optional<Extraction> extraction_;
  TokenPairing pairing_;
};

/// The start of a prompt, quoted, for messages.
std::string prompt_name(std::string_view prompt);

} // namespace cxr
