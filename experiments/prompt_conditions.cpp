#include "experiments/prompt_conditions.h"

#include <c10/core/InferenceMode.h>

#include "core/error.h"
#include "experiments/encoder_checks.h"
#include "models/learned_embeddings.h"

namespace cxr {
namespace {

constexpr std::size_t kMostKnown = 256; ///< conditions that are kept: 60 MB in float32

// Gives the vectors that were learned for `encoder` the ids from `first` on.
void add_tokens(TextEncoder& encoder, std::int64_t first, const LearnedEmbedding& learned, const std::filesystem::path& file) {
  if (learned.vectors.size(1) != encoder.hidden_size()) {
    throw InputError(file.string(), learned.token, fmt::format("vectors of {} numbers, the text encoder's", encoder.hidden_size()),
                     fmt::format("{}", learned.vectors.size(1)));
  }
  encoder.set_tokens_from(first, learned.vectors);
}

} // namespace

PromptConditions::PromptConditions(const ConditionSources& sources, const LoadOptions& options)
    : sources_(sources), encoder_(load_text_encoder(sources.encoder, options)) {
  const auto folder = tokenizer_folder(sources.encoder);
  std::optional<LearnedEmbedding> learned;
  if (!sources.embedding.empty()) learned = read_learned_embedding(sources.embedding);
  auto tokenizer = load_tokenizer(folder, learned ? learned->tokens() : std::vector<std::string>());
  const auto added = learned ? learned->vectors.size(0) : 0;
  check_vocabulary(folder, tokenizer->vocabulary_size() - added, *encoder_);
  if (learned) add_tokens(*encoder_, tokenizer->vocabulary_size() - added, *learned, sources.embedding);

  if (!sources.projection.empty()) {
    projection_ = load_textual_projection(sources.projection, options);
    const auto extraction = projection_->options().extraction;
    if (extraction) check_offers(*encoder_, *extraction, sources.encoder);
    const auto width = extraction ? encoder_->width(*extraction) : encoder_->hidden_size();
    if (projection_->options().in_width != width) {
      throw InputError(sources.projection.string(), "linear_1.weight", fmt::format("{} columns, the text encoder's width", width),
                       fmt::format("{}", projection_->options().in_width));
    }
  }
  const auto limit = one_vector() ? most_tokens(*tokenizer, *encoder_) : condition_tokens(*tokenizer, *encoder_);
  tokens_.emplace(std::move(tokenizer), added, limit);
}

at::Tensor PromptConditions::operator()(const std::string& prompt) {
  if (const auto found = known_.find(prompt); found != known_.end()) return found->second;
  if (known_.size() == kMostKnown) known_.clear();
  return known_.emplace(prompt, encode(prompt)).first->second;
}

void PromptConditions::encode_ahead(const std::set<std::string>& prompts) {
  if (prompts.size() > kMostKnown) return;
  for (const auto& prompt : prompts) (*this)(prompt);
  encoder_.reset();
}

at::Tensor PromptConditions::encode(const std::string& prompt) {
  expects(encoder_ != nullptr, "PromptConditions: '{}' was not among the prompts to encode", prompt);
  const c10::InferenceMode no_autograd;
  if (one_vector()) {
    const auto ids = tokens_->ids(prompt); // [1,L]
    const auto states = encoder_->hidden_states(ids, {});
    const auto vector = encoder_->extract(*projection_->options().extraction, states, ids, {}).to(states.scalar_type()); // [1,D]
    return projection_(vector).unsqueeze(1);
  }
  const auto states = encoder_->hidden_states(tokens_->padded_ids(prompt), {}); // [1,77,D]
  return projection_.is_empty() ? states : projection_(states);
}

void PromptConditions::check_width(std::int64_t cross_attention_dim, const std::filesystem::path& unet) const {
  const auto width = projection_.is_empty() ? encoder_->hidden_size() : projection_->options().out_width;
  if (width == cross_attention_dim) return;
  const auto expected = fmt::format("{}, cross_attention_dim in {}", cross_attention_dim, (unet / "config.json").string());
  if (!projection_.is_empty()) {
    throw InputError(sources_.projection.string(), "linear_2.weight: rows", expected, fmt::format("{}", width));
  }
  throw InputError((text_encoder_folder(sources_.encoder) / "config.json").string(), "hidden_size", expected,
                   fmt::format("{}", width));
}

void PromptConditions::check_encoder(const std::string& digest) const {
  if (projection_.is_empty()) return;
  const auto& trained_for = projection_->options().encoder_digest;
  if (trained_for.empty() || trained_for == digest) return;
  throw InputError(sources_.projection.string(), "metadata: encoder_digest",
                   fmt::format("the weights of {}, {}", sources_.encoder.string(), digest),
                   fmt::format("{} ({})", trained_for, projection_->options().encoder));
}

} // namespace cxr
