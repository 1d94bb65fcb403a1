#include "text/byte_pair_merges.h"

#include <queue>

#include "core/error.h"
#include "text/byte_level.h"

namespace cxr {
namespace {

std::int32_t require(const TokenIds& vocabulary, const std::string& token, const Merge& merge, const std::string& file) {
  const auto id = find_token(vocabulary, token);
  if (id < 0) throw InputError(file, merge.place, "tokens of the vocabulary", fmt::format("\"{}\", which is none", token));
  return id;
}

} // namespace

/// A merge that is due: the lowest rank first, then the leftmost.
struct BytePairMerges::Candidate {
  std::int32_t rank, position, id;
  bool operator<(const Candidate& other) const { return rank != other.rank ? rank > other.rank : position > other.position; }
};

BytePairMerges::BytePairMerges(const TokenIds& vocabulary, std::span<const Merge> merges, const BytePairOptions& options,
                               const std::string& file)
    : unknown_(options.unknown), fuse_unknown_(options.fuse_unknown) {
  for (std::size_t byte = 0; byte < 256; ++byte) {
    inner_[byte] = find_token(vocabulary, byte_characters()[byte]);
    last_[byte] = find_token(vocabulary, byte_characters()[byte] + options.end_of_word_suffix);
  }
  for (std::size_t rank = 0; rank < merges.size(); ++rank) {
    const auto& merge = merges[rank];
    const auto left = require(vocabulary, merge.left, merge, file);
    const auto right = require(vocabulary, merge.right, merge, file);
    const auto id = require(vocabulary, merge.left + merge.right, merge, file);
    merges_.insert_or_assign(pair(left, right), Result{static_cast<std::int32_t>(rank), id});
  }
}

void BytePairMerges::encode(std::string_view word, std::vector<std::int32_t>& ids) const {
  auto symbols = symbols_of(word);
  merge(symbols);
  for (const auto& symbol : symbols) {
    if (!symbol.is_merged_away) ids.push_back(symbol.id);
  }
}

std::vector<BytePairMerges::Symbol> BytePairMerges::symbols_of(std::string_view word) const {
  std::vector<Symbol> symbols;
  symbols.reserve(word.size());
  bool after_unknown = false;
  for (std::size_t i = 0; i < word.size(); ++i) {
    const auto byte = static_cast<std::uint8_t>(word[i]);
    auto id = i + 1 == word.size() ? last_[byte] : inner_[byte];
    const bool is_unknown = id < 0;
    if (is_unknown) id = after_unknown && fuse_unknown_ ? -1 : unknown_;
    after_unknown = is_unknown;
    if (id < 0) continue;
    const auto position = static_cast<std::int32_t>(symbols.size());
    symbols.push_back({id, position - 1, position + 1, false});
  }
  if (!symbols.empty()) symbols.back().next = -1;
  return symbols;
}

// The merge of the symbol at `left` with the one after it, if there is one.
const BytePairMerges::Result* BytePairMerges::find(const std::vector<Symbol>& symbols, std::int32_t left) const {
  const auto right = symbols[left].next;
  if (right < 0) return nullptr;
  const auto found = merges_.find(pair(symbols[left].id, symbols[right].id));
  return found == merges_.end() ? nullptr : &found->second;
}

void BytePairMerges::merge(std::vector<Symbol>& symbols) const {
  std::priority_queue<Candidate> queue;
  const auto propose = [&](std::int32_t position) {
    if (const auto* result = find(symbols, position)) queue.push({result->rank, position, result->id});
  };
  for (std::int32_t i = 0; i < std::ssize(symbols); ++i) propose(i);
  while (!queue.empty()) {
    const auto best = queue.top();
    queue.pop();
    auto& left = symbols[best.position];
    if (left.is_merged_away) continue;
    // The neighbours may have changed since; as in the reference, what counts is whether they still make the same token.
    const auto* result = find(symbols, best.position);
    if (result == nullptr || result->id != best.id) continue;
    auto& right = symbols[left.next];
    left.id = best.id;
    left.next = right.next;
    right.is_merged_away = true;
    if (right.next >= 0) symbols[right.next].previous = best.position;
    if (left.previous >= 0) propose(left.previous);
    propose(best.position);
  }
}

} // namespace cxr
