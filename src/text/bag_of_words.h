/// @file
/// The bag-of-words baseline of Table 3: how many of their words two reports share, intersection over union (Chambon et al. 2022,
/// section 3.3: "a token-based similarity measure"; it does not say what a token is).
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace cxr {

/// The distinct words of a text as ascending numbers.
using WordSet = std::vector<std::int32_t>;

/// Gives words their numbers, in the order in which they first occur. A word is a maximal run of letters and digits, lower-cased
/// ("X-ray" is "x" and "ray", "T12." is "t12", "___" is none). Every byte beyond ASCII counts as a letter and stays as it is.
class WordNumbers {
 public:
  WordSet set_of(std::string_view text);
  std::int64_t size() const { return std::ssize(numbers_); }

 private:
  std::unordered_map<std::string, std::int32_t> numbers_;
};

/// Word sets with an index from each word to the sets that hold it.
class WordOverlap {
 public:
  explicit WordOverlap(std::vector<WordSet> sets);

  std::int64_t size() const { return std::ssize(sets_); }
  /// |A ∩ B| / |A ∪ B| of the sets `rows` and the sets [column, column + columns); 0 of two empty sets.
  /// Safe from several threads. @return float32 [rows,columns]
  at::Tensor intersection_over_union(std::span<const std::int64_t> rows, std::int64_t column, std::int64_t columns) const;

 private:
  std::vector<WordSet> sets_;
  std::vector<std::int64_t> first_;   ///< of each word in holders_
  std::vector<std::int32_t> holders_; ///< numbers of sets, ascending for each word
};

} // namespace cxr
