#include "models/bert_model.h"

#include "nn/token_packing.h"

namespace cxr {

BertOptions BertOptions::read(const JsonFile& config) {
  BertOptions o;
  const bool roberta = config.require<std::string>("model_type") == "roberta";
  o.encoder = TransformerOptions::read(config, {.vocab_size = roberta ? 50265 : 30522,
                                                .hidden_size = 768,
                                                .num_hidden_layers = 12,
                                                .num_attention_heads = 12,
                                                .intermediate_size = 3072,
                                                .max_position_embeddings = 512,
                                                .hidden_act = nn::Activation::kGelu,
                                                .layer_norm_eps = 1e-12});
  o.type_vocab_size = read_size(config, "type_vocab_size", o.type_vocab_size, 65'536);
  o.projection_size = read_size(config, "projection_size", o.projection_size, 65'536);
  if (roberta) {
    o.padding_idx =
        read_size(config, "pad_token_id", 1, std::min(o.encoder.vocab_size, o.encoder.max_position_embeddings - 1) - 1, 0);
  }
  for (const char* field : {"is_decoder", "add_cross_attention"}) {
    if (config.get_or(field, false)) config.refuse(field, "false: an encoder", "true");
  }
  if (const auto kind = config.get_or<std::string>("position_embedding_type", "absolute"); kind != "absolute") {
    config.refuse("position_embedding_type", "absolute", kind);
  }
  return o;
}

BertEmbeddingsImpl::BertEmbeddingsImpl(const BertOptions& o)
    : padding_idx_(o.padding_idx),
      word_embeddings(register_module("word_embeddings", nn::Embedding(o.encoder.vocab_size, o.encoder.hidden_size))),
      position_embeddings(
          register_module("position_embeddings", nn::Embedding(o.encoder.max_position_embeddings, o.encoder.hidden_size))),
      token_type_embeddings(register_module("token_type_embeddings", nn::Embedding(o.type_vocab_size, o.encoder.hidden_size))),
      LayerNorm(register_module("LayerNorm", nn::LayerNorm(o.encoder.hidden_size, o.encoder.layer_norm_eps))) {}

at::Tensor BertEmbeddingsImpl::forward(const at::Tensor& ids, const at::Tensor& positions) {
  return LayerNorm(word_embeddings(ids) + token_type_embeddings->weight[0] + position_embeddings(positions));
}

at::Tensor BertEmbeddingsImpl::positions(const at::Tensor& ids) const {
  if (!padding_idx_) return at::arange(ids.size(1), ids.options()).unsqueeze(0);
  const auto real = ids.ne(*padding_idx_).to(at::kLong);
  return real.cumsum(1) * real + *padding_idx_;
}

BertPoolerImpl::BertPoolerImpl(std::int64_t hidden_size) : dense(register_module("dense", nn::Linear(hidden_size, hidden_size))) {}

CxrBertProjectionHeadImpl::CxrBertProjectionHeadImpl(std::int64_t hidden_size, std::int64_t projection_size)
    : dense_to_hidden(register_module("dense_to_hidden", nn::Linear(hidden_size, projection_size))),
      dense_to_output(register_module("dense_to_output", nn::Linear(projection_size, projection_size))),
      LayerNorm(register_module("LayerNorm", nn::LayerNorm(projection_size, 1e-12))) {}

at::Tensor CxrBertProjectionHeadImpl::forward(const at::Tensor& first) {
  const auto projected = dense_to_output(LayerNorm(at::gelu(dense_to_hidden(first))));
  return projected / projected.norm(2, {1}, /*keepdim=*/true).clamp_min(1e-12);
}

BertModelImpl::BertModelImpl(const BertOptions& options)
    : options_(options),
      embeddings(register_module("embeddings", BertEmbeddings(options_))),
      encoder(register_module("encoder", BertEncoder(options_.encoder))) {
  const auto hidden = options_.encoder.hidden_size;
  if (options_.with_pooler) pooler = register_module("pooler", BertPooler(hidden));
  if (options_.with_projection) {
    cls_projection_head = register_module("cls_projection_head", CxrBertProjectionHead(hidden, options_.projection_size));
  }
}

at::Tensor BertModelImpl::forward(const at::Tensor& ids, const at::Tensor& mask) {
  const auto positions = embeddings->positions(ids).expand_as(ids);
  if (nn::onednn::usable(embeddings->table())) {
    const nn::TokenPacking packing(ids.sizes(), mask);
    return packing.unpack(encoder(embeddings(packing.pack(ids), packing.pack(positions)), packing.sequences()));
  }
  nn::Sequences padded;
  if (mask.defined()) padded.mask = mask.ne(0).view({ids.size(0), 1, 1, ids.size(1)});
  const auto states = encoder(embeddings(ids, positions), padded);
  return mask.defined() ? states.masked_fill(mask.eq(0).unsqueeze(-1), 0) : states;
}

} // namespace cxr
