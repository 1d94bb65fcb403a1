#include "models/transformer_config.h"

namespace cxr {
namespace {

nn::Activation read_activation(const JsonFile& config, nn::Activation fallback) {
  if (!config.has("hidden_act")) return fallback;
  const auto name = config.require<std::string>("hidden_act");
  if (name == "gelu" || name == "gelu_python") return nn::Activation::kGelu;
  if (name == "gelu_new" || name == "gelu_fast" || name == "gelu_pytorch_tanh") return nn::Activation::kGeluTanh;
  if (name == "quick_gelu") return nn::Activation::kQuickGelu;
  if (name == "relu") return nn::Activation::kRelu;
  config.refuse("hidden_act", "gelu, gelu_new, gelu_fast, gelu_pytorch_tanh, quick_gelu or relu", name);
}

} // namespace

std::int64_t read_size(const JsonFile& config, const char* field, std::int64_t fallback, std::int64_t most, std::int64_t least) {
  const auto value = config.get_or(field, fallback);
  if (value < least || value > most) config.refuse(field, fmt::format("{} to {}", least, most), fmt::format("{}", value));
  return value;
}

TransformerOptions TransformerOptions::read(const JsonFile& config, const TransformerOptions& defaults) {
  TransformerOptions o{
      .vocab_size = read_size(config, "vocab_size", defaults.vocab_size, 1'000'000),
      .hidden_size = read_size(config, "hidden_size", defaults.hidden_size, 8'192),
      .num_hidden_layers = read_size(config, "num_hidden_layers", defaults.num_hidden_layers, 256),
      .num_attention_heads = read_size(config, "num_attention_heads", defaults.num_attention_heads, 256),
      .intermediate_size = read_size(config, "intermediate_size", defaults.intermediate_size, 32'768),
      .max_position_embeddings = read_size(config, "max_position_embeddings", defaults.max_position_embeddings, 65'536),
      .hidden_act = read_activation(config, defaults.hidden_act),
      .layer_norm_eps = config.get_or("layer_norm_eps", defaults.layer_norm_eps)};
  if (o.hidden_size % o.num_attention_heads != 0) {
    config.refuse("num_attention_heads", fmt::format("a divisor of hidden_size = {}", o.hidden_size),
                  fmt::format("{}", o.num_attention_heads));
  }
  if (!(o.layer_norm_eps > 0)) config.refuse("layer_norm_eps", "a positive number", fmt::format("{}", o.layer_norm_eps));
  return o;
}

} // namespace cxr
