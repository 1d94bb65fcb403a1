#include "models/textual_projection.h"

#include "core/error.h"
#include "core/rng.h"
#include "io/safetensors.h"

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

std::int64_t layers_of(const StateDict& state) {
  std::int64_t further = 0;
  while (state.contains(fmt::format("hidden.{}.linear.weight", further))) ++further;
  return 1 + further;
}

// Uniform in ±1 / √in: torch.nn.Linear's weights and biases alike.
void fill_uniform(at::Tensor& value, double bound, std::uint64_t seed, std::uint64_t number) {
  rng::Generator random(seed, rng::Stream::kWeights, number);
  for (auto& x : std::span(value.mutable_data_ptr<float>(), static_cast<std::size_t>(value.numel()))) {
    x = static_cast<float>(random.uniform(-bound, bound));
  }
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
          .layers = layers_of(state),
          .extraction = extraction_of(metadata, file),
          .encoder = value_of(metadata, "encoder"),
          .encoder_digest = value_of(metadata, "encoder_digest")};
}

} // namespace

ProjectionBlockImpl::ProjectionBlockImpl(std::int64_t width)
    : linear(register_module("linear", nn::Linear(width, width))), norm(register_module("norm", nn::LayerNorm(width, kEps))) {}

TextualProjectionImpl::TextualProjectionImpl(TextualProjectionOptions options)
    : options_(std::move(options)),
      linear_1(register_module("linear_1", nn::Linear(options_.in_width, options_.hidden_width))),
      linear_2(register_module("linear_2", nn::Linear(options_.hidden_width, options_.out_width))),
      norm(register_module("norm", nn::LayerNorm(options_.hidden_width, kEps))),
      hidden(register_module("hidden", torch::nn::ModuleList())) {
  expects(options_.layers >= 1, "TextualProjection: at least one layer");
  for (std::int64_t i = 1; i < options_.layers; ++i) hidden->push_back(ProjectionBlock(options_.hidden_width));
}

at::Tensor TextualProjectionImpl::forward(const at::Tensor& x) {
  auto y = at::relu(norm(linear_1(x)));
  for (const auto& block : *hidden) y = block->as<ProjectionBlock>()->forward(y);
  return linear_2(y);
}

TextualProjection random_textual_projection(const TextualProjectionOptions& options, std::uint64_t seed) {
  TextualProjection projection(options);
  StateDict state;
  std::uint64_t number = 0;
  double bound = 0; // of a linear layer, whose weight stands before its bias
  for (const auto& item : projection->named_parameters()) {
    auto value = at::zeros(item.value().sizes());
    const bool is_norm = item.key().find("norm") != std::string::npos;
    if (value.dim() == 2) bound = 1 / std::sqrt(static_cast<double>(value.size(1)));
    if (!is_norm) fill_uniform(value, bound, seed, number);
    if (is_norm && item.key().ends_with("weight")) value.fill_(1);
    state.emplace(item.key(), value);
    ++number;
  }
  load_state_dict(*projection, state, "random projection");
  return projection;
}

TextualProjection load_textual_projection(const std::filesystem::path& file, const LoadOptions& options) {
  Metadata metadata;
  const auto state = read_safetensors(file, &metadata);
  TextualProjection projection(options_of(state, metadata, file.string()));
  load_state_dict(*projection, state, file.string(), options);
  return projection;
}

void write_textual_projection(const std::filesystem::path& file, const StateDict& weights,
                              const TextualProjectionOptions& options) {
  Metadata metadata{{"format", "pt"}, {"level", options.extraction ? "document" : "token"}};
  if (options.extraction) metadata["extraction"] = extraction_name(*options.extraction);
  if (!options.encoder.empty()) metadata["encoder"] = options.encoder;
  if (!options.encoder_digest.empty()) metadata["encoder_digest"] = options.encoder_digest;
  write_recorded_safetensors(file, weights, metadata);
}

} // namespace cxr
