#include "models/bert_layer.h"

namespace cxr {

BertSelfAttentionImpl::BertSelfAttentionImpl(const TransformerOptions& o)
    : heads_(o.num_attention_heads),
      query(register_module("query", nn::Linear(o.hidden_size, o.hidden_size))),
      key(register_module("key", nn::Linear(o.hidden_size, o.hidden_size))),
      value(register_module("value", nn::Linear(o.hidden_size, o.hidden_size))) {}

at::Tensor BertSelfAttentionImpl::forward(const at::Tensor& x, const nn::Sequences& sequences) {
  return nn::self_attention(projections_({query.get(), key.get(), value.get()}, x), heads_, sequences);
}

BertOutputImpl::BertOutputImpl(std::int64_t in_features, const TransformerOptions& o)
    : dense(register_module("dense", nn::Linear(in_features, o.hidden_size))),
      LayerNorm(register_module("LayerNorm", nn::LayerNorm(o.hidden_size, o.layer_norm_eps))) {}

BertAttentionImpl::BertAttentionImpl(const TransformerOptions& o)
    : self(register_module("self", BertSelfAttention(o))), output(register_module("output", BertOutput(o.hidden_size, o))) {}

BertIntermediateImpl::BertIntermediateImpl(const TransformerOptions& o)
    : dense(register_module("dense", nn::Linear(o.hidden_size, o.intermediate_size))) {}

BertLayerImpl::BertLayerImpl(const TransformerOptions& o)
    : attention(register_module("attention", BertAttention(o))),
      intermediate(register_module("intermediate", BertIntermediate(o))),
      output(register_module("output", BertOutput(o.intermediate_size, o))),
      feed_forward_(o.hidden_act) {}

at::Tensor BertLayerImpl::forward(const at::Tensor& x, const nn::Sequences& sequences) {
  const auto attended = attention(x, sequences);
  return output->LayerNorm(feed_forward_(*intermediate->dense, *output->dense, attended, attended));
}

BertEncoderImpl::BertEncoderImpl(const TransformerOptions& options) : layer(register_module("layer", torch::nn::ModuleList())) {
  for (std::int64_t i = 0; i < options.num_hidden_layers; ++i) layer->push_back(BertLayer(options));
}

at::Tensor BertEncoderImpl::forward(at::Tensor x, const nn::Sequences& sequences) {
  for (const auto& each : *layer) x = each->as<BertLayer>()->forward(x, sequences);
  return x;
}

} // namespace cxr
