#include "models/clip_text_model.h"

#include "nn/token_packing.h"
#include "nn/transfer.h"

namespace cxr {
namespace {

constexpr std::int64_t kOldEos = 2;

} // namespace

ClipTextOptions ClipTextOptions::read(const JsonFile& file) {
  // Of the two names a whole CLIP's configuration has for its text part, transformers lets the older win.
  const auto config = file.has("text_config_dict") ? file.object("text_config_dict")
                      : file.has("text_config")    ? file.object("text_config")
                                                   : file;
  ClipTextOptions o;
  o.encoder = TransformerOptions::read(config, {.vocab_size = 49408,
                                                .hidden_size = 512,
                                                .num_hidden_layers = 12,
                                                .num_attention_heads = 8,
                                                .intermediate_size = 2048,
                                                .max_position_embeddings = 77,
                                                .hidden_act = nn::Activation::kQuickGelu,
                                                .layer_norm_eps = 1e-5});
  o.eos_token_id = config.get_or("eos_token_id", o.eos_token_id);
  // A whole CLIP's projection is its own, not its text part's.
  o.projection_dim = read_size(file.has("projection_dim") ? file : config, "projection_dim", o.projection_dim, 65'536);
  return o;
}

ClipTextEmbeddingsImpl::ClipTextEmbeddingsImpl(const TransformerOptions& o)
    : token_embedding(register_module("token_embedding", nn::Embedding(o.vocab_size, o.hidden_size))),
      position_embedding(register_module("position_embedding", nn::Embedding(o.max_position_embeddings, o.hidden_size))) {}

at::Tensor ClipTextEmbeddingsImpl::forward(const at::Tensor& ids) {
  return tokens(ids) + position_embedding->weight.slice(0, 0, ids.size(1));
}

at::Tensor ClipTextEmbeddingsImpl::tokens(const at::Tensor& ids) {
  if (!added_.defined()) return token_embedding(ids);
  const auto added = at::embedding(added_, (ids - first_added_).clamp_min(0)).to(token_embedding->weight.scalar_type());
  return at::where(ids.ge(first_added_).unsqueeze(-1), added, token_embedding(ids.clamp_max(first_added_ - 1)));
}

ClipTextModelImpl::ClipTextModelImpl(const ClipTextOptions& options)
    : options_(options),
      embeddings(register_module("embeddings", ClipTextEmbeddings(options_.encoder))),
      encoder(register_module("encoder", ClipEncoder(options_.encoder))),
      final_layer_norm(
          register_module("final_layer_norm", nn::LayerNorm(options_.encoder.hidden_size, options_.encoder.layer_norm_eps))) {
  if (!options_.with_projection) return;
  text_projection =
      register_module("text_projection", nn::Linear(options_.encoder.hidden_size, options_.projection_dim, /*with_bias=*/false));
}

at::Tensor ClipTextModelImpl::forward(const at::Tensor& ids) {
  if (!nn::onednn::usable(embeddings->token_embedding->weight)) {
    return final_layer_norm(encoder(embeddings(ids), nn::Sequences{.causal = true}));
  }
  const nn::TokenPacking packing(ids.sizes(), {}, /*causal=*/true);
  return packing.unpack(final_layer_norm(encoder(packing.pack(embeddings(ids)), packing.sequences())));
}

void ClipTextModelImpl::set_tokens_from(std::int64_t first, const at::Tensor& vectors) {
  embeddings->set_tokens_from(first, vectors.to(embeddings->token_embedding->weight.device()));
  options_.encoder.vocab_size = first + vectors.size(0);
}

at::Tensor ClipTextModelImpl::pooled(const at::Tensor& states, const at::Tensor& ids) const {
  const auto end = options_.eos_token_id == kOldEos ? ids.argmax(1) : ids.eq(options_.eos_token_id).to(at::kInt).argmax(1); // [B]
  const auto index = nn::upload(end, states.device()).view({-1, 1, 1}).expand({-1, 1, states.size(2)});
  return states.gather(1, index).squeeze(1);
}

} // namespace cxr
