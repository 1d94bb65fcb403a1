#include "models/textual_projection.h"

#include "core/error.h"
#include "io/safetensors.h"
#include "nn/layer_norm.h"

namespace cxr {
namespace {

constexpr double kEps = 1e-5; // torch.nn.LayerNorm's own

using Metadata = std::map<std::string, std::string>;

std::string value_of(const Metadata& metadata, const std::string& name) {
  const auto found = metadata.find(name);
  return found == metadata.end() ? std::string() : found->second;
}

std::optional<Extraction> extraction_of(const Metadata& metadata, const std::string& file) {
  const auto level = value_of(metadata, "level"), extraction = value_of(metadata, "extraction");
  if (level == "token") return std::nullopt;
  if (level != "document") throw InputError(file, "metadata: level", "document or token", level.empty() ? "none" : level);
  if (const auto known = find_extraction(extraction)) return known;
  throw InputError(file, "metadata: extraction", "cls, mean, pooler or specific", extraction.empty() ? "none" : extraction);
}

// The widths that the two linear layers have; whether they fit each other is the strict loader's to say.
TextualProjectionOptions options_of(const StateDict& state, const Metadata& metadata, const std::string& file) {
  const auto sizes = [&](const std::string& key) {
    const auto found = state.find(key);
    if (found == state.end()) throw InputError(file, key, "a matrix [out,in]", "none");
    if (found->second.dim() != 2) throw InputError(file, key, "a matrix [out,in]", fmt::format("{} axes", found->second.dim()));
    return found->second.sizes();
  };
  return {.in_width = sizes("linear_1.weight")[1],
          .hidden_width = sizes("linear_1.weight")[0],
          .out_width = sizes("linear_2.weight")[0],
          .extraction = extraction_of(metadata, file),
          .encoder = value_of(metadata, "encoder"),
          .encoder_digest = value_of(metadata, "encoder_digest")};
}

} // namespace

TextualProjectionImpl::TextualProjectionImpl(TextualProjectionOptions options)
    : options_(std::move(options)),
      linear_1(register_module("linear_1", nn::Linear(options_.in_width, options_.hidden_width))),
      linear_2(register_module("linear_2", nn::Linear(options_.hidden_width, options_.out_width))),
      norm(register_module("norm", nn::layer_norm(options_.hidden_width, kEps))) {}

at::Tensor TextualProjectionImpl::forward(const at::Tensor& x) { return linear_2(at::relu(norm(linear_1(x)))); }

TextualProjection load_textual_projection(const std::filesystem::path& file, const LoadOptions& options) {
  Metadata metadata;
  const auto state = read_safetensors(file, &metadata);
  TextualProjection projection(options_of(state, metadata, file.string()));
  load_state_dict(*projection, state, file.string(), options);
  return projection;
}

} // namespace cxr
