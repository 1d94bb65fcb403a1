#include "experiments/inverted_token.h"

#include "core/error.h"
#include "experiments/encoder_checks.h"
#include "models/learned_embeddings.h"
#include "text/tokenizer_files.h"

namespace cxr {
namespace {

namespace fs = std::filesystem;

/// As the vocabulary spells them.
std::vector<std::string> spelled(const fs::path& folder, const std::vector<std::int32_t>& ids) {
  const auto spec = read_tokenizer_files(folder);
  std::vector<std::string> names;
  for (const auto id : ids) {
    const auto found = std::ranges::find(spec.vocabulary, id, [](const auto& entry) { return entry.second; });
    names.push_back(found == spec.vocabulary.end() ? fmt::format("id {}", id) : found->first);
  }
  return names;
}

void check_token(const Tokenizer& tokenizer, const std::string& token) {
  if (token.empty() || token.find_first_of(" \t\r\n\f\v\0", 0, 7) != std::string::npos) {
    throw InputError("--token", "", "a placeholder without blanks, \"<lung-xray>\"", fmt::format("\"{}\"", token));
  }
  if (const auto ids = tokenizer.encode(token); ids.size() == 1) {
    throw InputError("--token", "", "a token that the vocabulary lacks", fmt::format("\"{}\", id {}", token, ids.front()));
  }
}

/// The id of the word that new vectors start from.
std::int32_t initializer_id(const Tokenizer& tokenizer, const fs::path& folder, const std::string& word) {
  const auto ids = tokenizer.encode(word);
  if (ids.size() == 1) return ids.front();
  throw InputError("--initializer", "", "a word of one token",
                   ids.empty() ? fmt::format("\"{}\", of none", word)
                               : fmt::format("\"{}\", of {}: {}", word, ids.size(), fmt::join(spelled(folder, ids), ", ")));
}

} // namespace

InvertedToken::InvertedToken(const InvertedTokenOptions& options, const LoadOptions& load)
    : encoder_(load_text_encoder(options.model, load)) {
  const auto folder = tokenizer_folder(options.model);
  const auto plain = load_tokenizer(folder);
  check_vocabulary(folder, plain->vocabulary_size(), *encoder_);
  check_token(*plain, options.token);
  const auto start = encoder_->token_vector(initializer_id(*plain, folder, options.initializer)); // [D]

  LearnedEmbedding learned{options.token, start.to(at::kFloat).repeat({options.vectors, 1})};
  auto tokenizer = load_tokenizer(folder, learned.tokens());
  first_id_ = plain->vocabulary_size();
  const auto limit = condition_tokens(*tokenizer, *encoder_);
  tokens_.emplace(std::move(tokenizer), options.vectors, limit);
  parameter_ = {options.token, learned.vectors.requires_grad_(true)};
  encoder_->set_tokens_from(first_id_, parameter_.value);
}

at::Tensor InvertedToken::ids(const std::vector<std::string>& prompts) const {
  std::vector<at::Tensor> rows;
  for (const auto& prompt : prompts) rows.push_back(tokens_->padded_ids(prompt));
  return at::cat(rows);
}

void InvertedToken::check_read(const std::string& prompt, const std::string& file) const {
  const auto ids = tokens_->ids(prompt);
  const auto last = first_id_ + parameter_.value.size(0) - 1;
  if (ids.eq(last).any().item<bool>()) return;
  throw InputError(file, fmt::format("\"{}\"", prompt),
                   fmt::format("{} within the {} tokens that are read", parameter_.name, tokens_->limit()),
                   "a longer prompt, or other tokens");
}

at::Tensor InvertedToken::conditions(const at::Tensor& ids) const { return encoder_->hidden_states(ids, {}); }

} // namespace cxr
