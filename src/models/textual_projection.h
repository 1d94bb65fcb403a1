/// @file
/// The projection of a domain encoder's vectors to where CLIP's lie (Chambon et al. 2022, section 2.3): linear, layer norm, ReLU,
/// linear. The paper writes them as a composition; this is the order in which they are applied.
///
/// File: safetensors with the keys of TextualProjection and the metadata
///     level           "document": one vector a text, which alone conditions the U-Net; "token": each token's state by itself
///     extraction      of level document: "cls", "mean", "pooler" or "specific", what stands for a text (models/text_encoder.h)
///     encoder         the encoder's name, for people
///     encoder_digest  weights_digest() of the encoder's folder (models/pretrained.h); may be absent
#pragma once

#include <torch/nn/modules/normalization.h>

#include <filesystem>
#include <optional>
#include <string>

#include "models/pretrained.h"
#include "models/text_encoder.h"
#include "nn/linear.h"

namespace cxr {

struct TextualProjectionOptions {
  std::int64_t in_width = 768, hidden_width = 768, out_width = 768;
  std::optional<Extraction> extraction; ///< of level document; none: level token
  std::string encoder, encoder_digest;  ///< empty: the file does not say
};

/// Keys: linear_1, norm, linear_2.
class TextualProjectionImpl : public torch::nn::Module {
 public:
  explicit TextualProjectionImpl(TextualProjectionOptions options);
  /// @param x [...,in_width]  @return [...,out_width]
  at::Tensor forward(const at::Tensor& x);

  const TextualProjectionOptions& options() const { return options_; }

 private:
  TextualProjectionOptions options_;
  nn::Linear linear_1{nullptr}, linear_2{nullptr};
  torch::nn::LayerNorm norm{nullptr};
};
TORCH_MODULE(TextualProjection);

/// @throws InputError for metadata that is absent or unknown, and for keys or shapes that do not fit each other
TextualProjection load_textual_projection(const std::filesystem::path& file, const LoadOptions& options = {});

} // namespace cxr
