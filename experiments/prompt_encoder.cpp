#include "experiments/prompt_encoder.h"

#include "experiments/encoder_checks.h"
#include "experiments/token_batches.h"
#include "nn/transfer.h"

namespace cxr {
namespace {

constexpr std::int64_t kBatchTokens = 8192; ///< that the encoder takes at once: 100 prompts of 77

} // namespace

PromptEncoder::PromptEncoder(const std::filesystem::path& folder, const LoadOptions& options)
    : folder_(text_encoder_folder(folder)),
      tokenizer_folder_(cxr::tokenizer_folder(folder_)),
      device_(options.device),
      encoder_(load_text_encoder(folder_, options)),
      tokenizer_(load_tokenizer(tokenizer_folder_)) {
  check_vocabulary(tokenizer_folder_, tokenizer_->vocabulary_size(), *encoder_);
}

at::Tensor PromptEncoder::documents(std::span<const std::string_view> prompts, Extraction extraction) {
  const at::NoGradGuard no_grad; // and not InferenceMode, whose tensors no graph takes
  const auto texts = tokenize(prompts, most_tokens(*tokenizer_, *encoder_));
  auto vectors = at::empty({std::ssize(prompts), 1, encoder_->width(extraction)}, device_);
  for (const auto& batch : token_batches(texts, kBatchTokens, padding_id(*tokenizer_))) {
    const auto states = encoder_->hidden_states(batch.ids, batch.mask);              // [b,S,D]
    const auto found = encoder_->extract(extraction, states, batch.ids, batch.mask); // [b,D]
    vectors.index_copy_(0, nn::upload(batch.rows, device_), found.to(at::kFloat).unsqueeze(1));
  }
  return vectors;
}

TokenStates PromptEncoder::tokens(std::span<const std::string_view> prompts) {
  const at::NoGradGuard no_grad;
  const auto length = condition_tokens(*tokenizer_, *encoder_);
  const auto texts = tokenize(prompts, length);
  TokenStates found{at::empty({std::ssize(prompts), length, encoder_->hidden_size()}, device_), {}};
  for (const auto& batch : token_batches(texts, kBatchTokens, padding_id(*tokenizer_), length)) {
    const auto states = encoder_->hidden_states(batch.ids, {}); // [b,S,D]
    found.states.index_copy_(0, nn::upload(batch.rows, device_), states.to(at::kFloat));
  }
  for (const auto& text : texts) found.lengths.push_back(std::ssize(text));
  return found;
}

std::vector<std::vector<std::int32_t>> PromptEncoder::tokenize(std::span<const std::string_view> prompts,
                                                               std::int64_t limit) const {
  std::vector<std::vector<std::int32_t>> texts;
  for (const auto prompt : prompts) texts.push_back(tokenizer_->encode_with_special(prompt, limit));
  return texts;
}

} // namespace cxr
