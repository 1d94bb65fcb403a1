#include "models/clip_layer.h"

namespace cxr {

ClipAttentionImpl::ClipAttentionImpl(const TransformerOptions& o)
    : heads_(o.num_attention_heads),
      q_proj(register_module("q_proj", nn::Linear(o.hidden_size, o.hidden_size))),
      k_proj(register_module("k_proj", nn::Linear(o.hidden_size, o.hidden_size))),
      v_proj(register_module("v_proj", nn::Linear(o.hidden_size, o.hidden_size))),
      out_proj(register_module("out_proj", nn::Linear(o.hidden_size, o.hidden_size))) {}

at::Tensor ClipAttentionImpl::forward(const at::Tensor& x, const nn::Sequences& sequences, const at::Tensor& residual) {
  const auto attended = nn::self_attention(projections_({q_proj.get(), k_proj.get(), v_proj.get()}, x), heads_, sequences);
  return out_proj->forward_add(attended, residual);
}

ClipMlpImpl::ClipMlpImpl(const TransformerOptions& o)
    : fc1(register_module("fc1", nn::Linear(o.hidden_size, o.intermediate_size))),
      fc2(register_module("fc2", nn::Linear(o.intermediate_size, o.hidden_size))),
      feed_forward_(o.hidden_act) {}

ClipEncoderLayerImpl::ClipEncoderLayerImpl(const TransformerOptions& o)
    : self_attn(register_module("self_attn", ClipAttention(o))),
      layer_norm1(register_module("layer_norm1", nn::LayerNorm(o.hidden_size, o.layer_norm_eps))),
      layer_norm2(register_module("layer_norm2", nn::LayerNorm(o.hidden_size, o.layer_norm_eps))),
      mlp(register_module("mlp", ClipMlp(o))) {}

at::Tensor ClipEncoderLayerImpl::forward(const at::Tensor& x, const nn::Sequences& sequences) {
  const auto attended = self_attn(layer_norm1(x), sequences, x);
  return mlp(layer_norm2(attended), attended);
}

ClipEncoderImpl::ClipEncoderImpl(const TransformerOptions& options) : layers(register_module("layers", torch::nn::ModuleList())) {
  for (std::int64_t i = 0; i < options.num_hidden_layers; ++i) layers->push_back(ClipEncoderLayer(options));
}

at::Tensor ClipEncoderImpl::forward(at::Tensor x, const nn::Sequences& sequences) {
  for (const auto& each : *layers) x = each->as<ClipEncoderLayer>()->forward(x, sequences);
  return x;
}

} // namespace cxr
