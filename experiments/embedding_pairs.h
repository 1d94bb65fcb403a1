/// @file
/// Pairs of vectors that `cxr embed` made before, one a prompt.
#pragma once

#include <filesystem>
#include <string>

#include "experiments/projection_pairs.h"

namespace cxr {

/// What a run of `cxr embed` is expected to hold.
struct EmbeddingsOf {
  std::string set;                        ///< identity of the text set
  std::string encoder, config, tokenizer; ///< digests
  Extraction extraction;
  std::int64_t rows, width;
};

/// @param run its folder, or results.h5  @return float32 [rows,width]
/// @throws InputError for embeddings of other texts, of another encoder or tokenizer, cut shorter, of another extraction, or of
/// other sizes
at::Tensor read_embeddings_of(const std::filesystem::path& run, const EmbeddingsOf& expected);

class EmbeddingPairs final : public ProjectionPairSource {
 public:
  /// The texts stand behind the first `texts.size()` rows. @param source float32 [N,in]  @param target float32 [N,out]
  EmbeddingPairs(PromptTexts texts, at::Tensor source, at::Tensor target, at::Device device);

  std::int64_t size() const override { return texts_.size(); }
  std::string name(std::int64_t sample) const override { return prompt_name(texts_[sample]); }
  ProjectionPairs pairs(std::span<const std::int64_t> samples) override;

 private:
  PromptTexts texts_;
  at::Tensor source_, target_;
  at::Device device_;
};

} // namespace cxr
