#include "data_prep/prompt_sample.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "core/rng.h"

namespace cxr {

SampleKey PositionKeys::operator()(std::uint64_t position) {
  if (pair_ != position / 2) {
    pair_ = position / 2;
    rng::Generator generator(seed_, rng::Stream::kPrompts, pair_);
    words_ = {generator.next_u64(), generator.next_u64()};
  }
  return {words_[position % 2], 0};
}

SampleKey key_of_text(std::string_view text, std::uint64_t seed) {
  const auto hash = XXH3_128bits_withSeed(text.data(), text.size(), seed);
  return {hash.high64, hash.low64};
}

bool KeySet::insert(const SampleKey& key) {
  if (2 * size_ >= slots_.size()) grow();
  auto at = key.low & (slots_.size() - 1);
  for (; slots_[at] != SampleKey{}; at = (at + 1) & (slots_.size() - 1)) {
    if (slots_[at] == key) return false;
  }
  slots_[at] = key;
  ++size_;
  return true;
}

void KeySet::clear() {
  std::ranges::fill(slots_, SampleKey{});
  size_ = 0;
}

void KeySet::grow() {
  std::vector<SampleKey> before(2 * slots_.size());
  std::swap(before, slots_);
  size_ = 0;
  for (const auto& key : before) {
    if (key != SampleKey{}) insert(key);
  }
}

PromptSample::PromptSample(std::int64_t n, bool distinct, const std::filesystem::path& beside)
    : n_(static_cast<std::size_t>(n)), distinct_(distinct), bound_(~std::uint64_t{0}), spool_(beside) {}

void PromptSample::add(const SampleKey& key, std::uint64_t position, std::string_view id, std::string_view text) {
  if (!may_take(key) || (distinct_ && !keys_.insert(key))) return;
  id_bytes_ = std::max(id_bytes_, std::ssize(id));
  entries_.push_back({key, position, spool_.append(id, text)});
  if (entries_.size() == 2 * n_) prune();
}

// Keeps the n smallest. Every n additions double the number of prompts seen, so that this costs next to nothing.
void PromptSample::prune() {
  if (entries_.size() <= n_) return;
  const auto last = entries_.begin() + static_cast<std::ptrdiff_t>(n_) - 1;
  std::nth_element(entries_.begin(), last, entries_.end(),
                   [](const Entry& a, const Entry& b) { return std::pair(a.key, a.position) < std::pair(b.key, b.position); });
  bound_ = last->key.high;
  entries_.resize(n_);
  if (!distinct_) return;
  keys_.clear();
  for (const auto& entry : entries_) keys_.insert(entry.key);
}

const std::vector<PromptSample::Entry>& PromptSample::finish() {
  prune();
  std::ranges::sort(entries_, {}, &Entry::position);
  return entries_;
}

} // namespace cxr
