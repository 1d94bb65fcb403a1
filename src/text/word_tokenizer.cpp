#include "text/word_tokenizer.h"

#include "text/utf8.h"

namespace cxr {

WordTokenizer::WordTokenizer(const TokenizerSpec& spec)
    : special_(spec.special), vocabulary_size_(spec.vocabulary_size()), max_length_(spec.max_length) {}

void WordTokenizer::set_added_tokens(const std::vector<AddedToken>& tokens) {
  std::vector<AddedToken> raw, normalised;
  for (auto token : tokens) {
    if (token.normalized) {
      std::string storage;
      token.content = std::string(normalise(token.content, storage));
    }
    (token.normalized ? normalised : raw).push_back(std::move(token));
  }
  raw_tokens_ = AddedTokens(std::move(raw));
  normalised_tokens_ = AddedTokens(std::move(normalised));
}

std::vector<std::int32_t> WordTokenizer::encode(std::string_view text) const {
  std::string valid;
  if (!utf8::is_ascii(text)) text = valid = utf8::replace_invalid(text);

  std::vector<std::int32_t> ids;
  const Pool<Workspace>::Lease lease(workspaces_);
  auto& work = *lease;
  Words words(*this, work.cache, ids);
  raw_tokens_.split(text, work.pieces);
  for (const auto& piece : work.pieces) {
    if (piece.id >= 0) {
      ids.push_back(piece.id);
      continue;
    }
    normalised_tokens_.split(normalise(piece.text, work.normalised), work.normalised_pieces);
    for (const auto& part : work.normalised_pieces) {
      if (part.id >= 0) {
        ids.push_back(part.id);
      } else {
        split_words(part.text, words);
      }
    }
  }
  return ids;
}

void WordTokenizer::Words::add(std::string_view word) {
  if (const auto known = cache_.find(word); !known.empty()) {
    ids_.insert(ids_.end(), known.begin(), known.end());
    return;
  }
  const auto before = ids_.size();
  tokenizer_.encode_word(word, ids_);
  cache_.store(word, std::span(ids_).subspan(before));
}

} // namespace cxr
