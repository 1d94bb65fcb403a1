#include "experiments/prompt_tokens.h"

#include "core/log.h"
#include "core/privacy.h"
#include "experiments/encoder_checks.h"

namespace cxr {
namespace {

at::Tensor row_of(const std::vector<std::int32_t>& ids, std::int64_t length, std::int32_t pad) {
  const auto row = at::full({1, length}, pad, at::kLong);
  std::ranges::copy(ids, row.mutable_data_ptr<std::int64_t>());
  return row;
}

} // namespace

PromptTokens::PromptTokens(std::unique_ptr<Tokenizer> tokenizer, std::int64_t learned, std::int64_t limit)
    : tokenizer_(std::move(tokenizer)),
      first_learned_(static_cast<std::int32_t>(tokenizer_->vocabulary_size() - learned)),
      end_learned_(static_cast<std::int32_t>(tokenizer_->vocabulary_size())),
      limit_(limit) {}

std::vector<std::int32_t> PromptTokens::expanded(std::string_view prompt) const {
  std::vector<std::int32_t> ids;
  for (const auto id : tokenizer_->encode(prompt)) {
    ids.push_back(id);
    if (id != first_learned_) continue;
    for (auto next = first_learned_ + 1; next < end_learned_; ++next) ids.push_back(next);
  }
  return ids;
}

at::Tensor PromptTokens::ids(std::string_view prompt) const {
  const auto ids = tokenizer_->with_special(expanded(prompt), limit_);
  return row_of(ids, std::ssize(ids), 0);
}

at::Tensor PromptTokens::padded_ids(std::string_view prompt) const {
  return row_of(tokenizer_->with_special(expanded(prompt), limit_), limit_, padding_id(*tokenizer_));
}

bool PromptTokens::fits(std::string_view prompt) const {
  return std::ssize(expanded(prompt)) + tokenizer_->special().around() <= limit_;
}

std::string_view PromptTokens::cut_from(std::string_view prompt) const {
  if (fits(prompt)) return {};
  std::vector<std::size_t> words; // where they begin
  for (std::size_t at = 0; at < prompt.size(); ++at) {
    if (prompt[at] != ' ' && (at == 0 || prompt[at - 1] == ' ')) words.push_back(at);
  }
  // A prompt's beginning up to a word fits or does not as a whole: the last word whose beginning fits holds the limit.
  const auto past = std::ranges::partition_point(words, [&](std::size_t at) { return fits(prompt.substr(0, at)); });
  return prompt.substr(past == words.begin() ? 0 : *(past - 1));
}

void tell_cut(const PromptTokens& tokens, const std::set<std::string>& prompts) {
  constexpr int kTold = 10;
  int cut = 0;
  for (const auto& prompt : prompts) {
    const auto rest = tokens.cut_from(prompt);
    if (rest.empty() || ++cut > kTold) continue;
    log::warn("a prompt has more than {} tokens; what is cut begins in \"{}\"", tokens.limit(), privacy::shown_text(rest));
  }
  if (cut > kTold) log::warn("{} more prompts are cut", cut - kTold);
}

} // namespace cxr
