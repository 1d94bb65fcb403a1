/// @file
/// The projection of a domain encoder's vectors to where CLIP's lie (Chambon et al. 2022, section 2.5): linear, layer norm, ReLU,
/// linear. The paper writes them as a composition; this is the order in which they are applied. It wishes for a deeper one (section
/// 3.4): here with more blocks of linear, layer norm and ReLU before the last linear.
///
/// File: safetensors with the keys of TextualProjection and the metadata
///     level           "document": one vector a text, which alone conditions the U-Net; "token": each token's state by itself
///     extraction      of level document: "cls", "mean", "pooler" or "specific", what stands for a text (models/text_encoder.h)
///     encoder         the encoder's name, for people
///     encoder_digest  weights_digest() of the encoder's folder (models/pretrained.h); may be absent
#pragma once

#include <torch/nn/modules/container/modulelist.h>

#include <filesystem>
#include <optional>
#include <string>

#include "models/pretrained.h"
#include "models/text_encoder.h"
#include "nn/layer_norm.h"
#include "nn/linear.h"

namespace cxr {

struct TextualProjectionOptions {
  std::int64_t in_width = 768, hidden_width = 768, out_width = 768;
  std::int64_t layers = 1;              ///< blocks of linear, layer norm and ReLU: the paper's has one
  std::optional<Extraction> extraction; ///< of level document; none: level token
  std::string encoder, encoder_digest;  ///< empty: the file does not say
};

/// A further block of a deeper projection. Keys: linear, norm.
class ProjectionBlockImpl : public torch::nn::Module {
 public:
  explicit ProjectionBlockImpl(std::int64_t width);
  /// @param x [...,width]  @return [...,width]
  at::Tensor forward(const at::Tensor& x) { return at::relu(norm(linear(x))); }

 private:
  nn::Linear linear{nullptr};
  nn::LayerNorm norm{nullptr};
};
TORCH_MODULE(ProjectionBlock);

/// Keys: linear_1, norm, linear_2; of a deeper one also hidden.0, hidden.1, ….
class TextualProjectionImpl : public torch::nn::Module {
 public:
  explicit TextualProjectionImpl(TextualProjectionOptions options);
  /// @param x [...,in_width]  @return [...,out_width]
  at::Tensor forward(const at::Tensor& x);

  const TextualProjectionOptions& options() const { return options_; }

 private:
  TextualProjectionOptions options_;
  nn::Linear linear_1{nullptr}, linear_2{nullptr};
  nn::LayerNorm norm{nullptr};
  torch::nn::ModuleList hidden{nullptr}; ///< of ProjectionBlock; empty for one layer: a file of the plain form has no such keys
};
TORCH_MODULE(TextualProjection);

/// Weights to train from: linear layers uniform in ±1 / √in, as torch.nn.Linear has them; norms 1 and 0. Keyed by `seed`.
TextualProjection random_textual_projection(const TextualProjectionOptions& options, std::uint64_t seed);

/// @throws InputError for metadata that is absent or unknown, and for keys or shapes that do not fit each other
TextualProjection load_textual_projection(const std::filesystem::path& file, const LoadOptions& options = {});

/// Writes a file that load_textual_projection() reads, whole or not at all.
/// @param weights by the keys of TextualProjection  @param options of the projection: level, extraction and encoder for the
/// metadata
void write_textual_projection(const std::filesystem::path& file, const StateDict& weights, const TextualProjectionOptions& options);

} // namespace cxr
