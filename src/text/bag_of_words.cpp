#include "text/bag_of_words.h"

namespace cxr {
namespace {

bool is_word_byte(unsigned char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || c >= 0x80;
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

} // namespace

WordSet WordNumbers::set_of(std::string_view text) {
  WordSet set;
  std::string word;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    if (i < text.size() && is_word_byte(static_cast<unsigned char>(text[i]))) {
      word += lower(text[i]);
    } else if (!word.empty()) {
      set.push_back(numbers_.try_emplace(word, static_cast<std::int32_t>(numbers_.size())).first->second);
      word.clear();
    }
  }
  std::sort(set.begin(), set.end());
  set.erase(std::unique(set.begin(), set.end()), set.end());
  return set;
}

WordOverlap::WordOverlap(std::vector<WordSet> sets) : sets_(std::move(sets)) {
  std::vector<std::int64_t> counts;
  for (const auto& set : sets_) {
    for (const auto word : set) {
      if (word >= std::ssize(counts)) counts.resize(static_cast<std::size_t>(word) + 1, 0);
      ++counts[word];
    }
  }
  first_.assign(1, 0);
  for (const auto count : counts) first_.push_back(first_.back() + count);
  holders_.resize(static_cast<std::size_t>(first_.back()));
  auto next = first_;
  for (std::int64_t i = 0; i < size(); ++i) {
    for (const auto word : sets_[i]) holders_[next[word]++] = static_cast<std::int32_t>(i);
  }
}

at::Tensor WordOverlap::intersection_over_union(std::span<const std::int64_t> rows, std::int64_t column,
                                                std::int64_t columns) const {
  auto result = at::empty({std::ssize(rows), columns}, at::kFloat);
  auto* out = result.mutable_data_ptr<float>();
  std::vector<std::int32_t> shared(static_cast<std::size_t>(columns));
  for (const auto row : rows) {
    std::fill(shared.begin(), shared.end(), 0);
    for (const auto word : sets_[row]) {
      const auto end = holders_.begin() + first_[word + 1];
      for (auto holder = std::lower_bound(holders_.begin() + first_[word], end, column);
           holder != end && *holder < column + columns; ++holder) {
        ++shared[*holder - column];
      }
    }
    const auto own = std::ssize(sets_[row]);
    for (std::int64_t j = 0; j < columns; ++j) {
      const auto all = own + std::ssize(sets_[column + j]) - shared[j];
      *out++ = all == 0 ? 0.0f : static_cast<float>(shared[j]) / static_cast<float>(all);
    }
  }
  return result;
}

} // namespace cxr
