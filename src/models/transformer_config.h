/// @file
/// What the configurations of transformers' text encoders have in common.
#pragma once

#include "io/json.h"
#include "nn/activation.h"

namespace cxr {

/// The fields of config.json that shape a transformer encoder.
struct TransformerOptions {
  std::int64_t vocab_size, hidden_size, num_hidden_layers, num_attention_heads, intermediate_size, max_position_embeddings;
  nn::Activation hidden_act;
  double layer_norm_eps;

  /// Fields that the configuration lacks keep their value in `defaults`, as transformers fills them in.
  /// @throws InputError for a field of a wrong type or out of range, an unknown activation, and where num_attention_heads does not
  /// divide hidden_size
  static TransformerOptions read(const JsonFile& config, const TransformerOptions& defaults);
};

/// An integer field from `least` to `most`, or `fallback` if the configuration lacks it. @throws InputError
std::int64_t read_size(const JsonFile& config, const char* field, std::int64_t fallback, std::int64_t most, std::int64_t least = 1);

} // namespace cxr
