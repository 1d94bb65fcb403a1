#include "models/bert_text_encoder.h"

#include "core/error.h"
#include "models/bert_model.h"
#include "models/token_checks.h"
#include "nn/transfer.h"

namespace cxr {
namespace {

class BertTextEncoder : public TextEncoder {
 public:
  BertTextEncoder(std::filesystem::path folder, BertModel model) : folder_(std::move(folder)), model_(std::move(model)) {}

  at::Tensor hidden_states(const at::Tensor& ids, const at::Tensor& mask) override {
    check_tokens(folder_, ids, mask, vocabulary_size(), max_tokens());
    const auto device = model_->device();
    return model_(nn::upload(ids, device), mask.defined() ? nn::upload(mask, device) : mask);
  }

  at::Tensor extract(Extraction extraction, const at::Tensor& states, const at::Tensor&, const at::Tensor& mask) override {
    require(extraction);
    if (extraction == Extraction::kMean) return mean_over_tokens(states, mask);
    const auto first = states.select(1, 0); // [B,D]
    if (extraction == Extraction::kPooler) return model_->pooler(first).to(at::kFloat);
    if (extraction == Extraction::kSpecific) return model_->cls_projection_head(first).to(at::kFloat);
    return first.to(at::kFloat);
  }

  void set_tokens_from(std::int64_t, const at::Tensor&) override { refuse_learned(); }
  at::Tensor token_vector(std::int64_t) const override { refuse_learned(); }

  bool offers(Extraction extraction) const override {
    if (extraction == Extraction::kPooler) return model_->options().with_pooler;
    if (extraction == Extraction::kSpecific) return model_->options().with_projection;
    return true;
  }
  std::int64_t width(Extraction extraction) const override {
    require(extraction);
    return extraction == Extraction::kSpecific ? model_->options().projection_size : hidden_size();
  }
  std::int64_t hidden_size() const override { return model_->options().encoder.hidden_size; }
  std::int64_t vocabulary_size() const override { return model_->options().encoder.vocab_size; }
  std::int64_t max_tokens() const override { return model_->options().max_tokens(); }
  bool has_fixed_length() const override { return false; }

 private:
  [[noreturn]] void refuse_learned() const {
    throw InputError((folder_ / "config.json").string(), "model_type", "clip, whose tokens textual inversion learns", "BERT's");
  }
  void require(Extraction extraction) const {
    if (offers(extraction)) return;
    const bool pooler = extraction == Extraction::kPooler;
    throw InputError(folder_.string(), pooler ? "pooler.dense" : "cls_projection_head",
                     fmt::format("the weights that the extraction '{}' needs", extraction_name(extraction)),
                     pooler ? "a checkpoint without a pooler" : "a checkpoint without a projection head");
  }

  std::filesystem::path folder_;
  BertModel model_;
};

} // namespace

std::unique_ptr<TextEncoder> load_bert_text_encoder(const std::filesystem::path& folder, const LoadOptions& options) {
  return std::make_unique<BertTextEncoder>(folder, load_bert_model(folder, options));
}

} // namespace cxr
