#include "models/clip_text_encoder.h"

#include "core/error.h"
#include "models/clip_text_model.h"
#include "models/token_checks.h"
#include "nn/transfer.h"

namespace cxr {
namespace {

class ClipTextEncoder : public TextEncoder {
 public:
  ClipTextEncoder(std::filesystem::path folder, ClipTextModel model) : folder_(std::move(folder)), model_(std::move(model)) {}

  // The mask is not applied: padding lies behind a text, where causality hides it from real tokens, and the states of padding
  // tokens are what Stable Diffusion's pipelines take, which pass no mask.
  at::Tensor hidden_states(const at::Tensor& ids, const at::Tensor& mask) override {
    check_tokens(folder_, ids, mask, vocabulary_size(), max_tokens());
    return model_(nn::upload(ids, model_->device()));
  }

  at::Tensor extract(Extraction extraction, const at::Tensor& states, const at::Tensor& ids, const at::Tensor& mask) override {
    require(extraction);
    if (extraction == Extraction::kMean) return mean_over_tokens(states, mask);
    if (extraction == Extraction::kCls) return states.select(1, 0).to(at::kFloat);
    const auto pooled = model_->pooled(states, ids); // [B,D]
    return (extraction == Extraction::kSpecific ? model_->text_projection(pooled) : pooled).to(at::kFloat);
  }

  void set_tokens_from(std::int64_t first, const at::Tensor& vectors) override { model_->set_tokens_from(first, vectors); }
  at::Tensor token_vector(std::int64_t id) const override { return model_->token_vector(id); }

  bool offers(Extraction extraction) const override {
    return extraction != Extraction::kSpecific || model_->options().with_projection;
  }
  std::int64_t width(Extraction extraction) const override {
    require(extraction);
    return extraction == Extraction::kSpecific ? model_->options().projection_dim : hidden_size();
  }
  std::int64_t hidden_size() const override { return model_->options().encoder.hidden_size; }
  std::int64_t vocabulary_size() const override { return model_->options().encoder.vocab_size; }
  std::int64_t max_tokens() const override { return model_->options().encoder.max_position_embeddings; }
  bool has_fixed_length() const override { return true; }

 private:
  void require(Extraction extraction) const {
    if (offers(extraction)) return;
    throw InputError(folder_.string(), "text_projection",
                     fmt::format("the weights that the extraction '{}' needs", extraction_name(extraction)),
                     "a checkpoint without a text projection");
  }

  std::filesystem::path folder_;
  ClipTextModel model_;
};

} // namespace

std::unique_ptr<TextEncoder> load_clip_text_encoder(const std::filesystem::path& folder, const LoadOptions& options) {
  return std::make_unique<ClipTextEncoder>(folder, load_clip_text_model(folder, options));
}

} // namespace cxr
