/// @file
/// Nearest neighbours among texts and how often they share the text's class: CheXpert@k (Chambon et al. 2022, section 2.4).
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <functional>
#include <span>
#include <string_view>
#include <vector>

namespace cxr {

/// Items in groups of equals. Equal items are equally similar to everything, so one stands for its group: ties are exact, whatever
/// a matrix product rounds where, and what occurs a thousand times ("No acute cardiopulmonary process.") is compared once.
class EqualItems {
 public:
  /// @param items the bytes that decide whether two items are equal; needed during the call only
  explicit EqualItems(const std::vector<std::string_view>& items);

  std::int64_t size() const { return std::ssize(group_); }
  /// Groups are numbered in the order in which their first items come.
  std::int64_t groups() const { return std::ssize(first_) - 1; }
  std::int64_t group(std::int64_t item) const { return group_[static_cast<std::size_t>(item)]; }
  /// A group's items, ascending.
  std::span<const std::int64_t> members(std::int64_t group) const;

 private:
  std::vector<std::int64_t> group_;   ///< [N]
  std::vector<std::int64_t> first_;   ///< [G+1], of each group in members_
  std::vector<std::int64_t> members_; ///< [N]
};

/// Similarities of the groups `rows` to the groups [column, column + columns): float32 [rows,columns], contiguous, on the CPU,
/// finite. Called from several threads at once.
using SimilarityOfGroups = std::function<at::Tensor(std::span<const std::int64_t> rows, std::int64_t column, std::int64_t columns)>;

/// The k items most similar to each of the items [begin, begin + count), nearest first: not itself, ties by lower number.
/// Works in blocks (128 items to 4096 groups a thread), so memory does not grow with the number of items squared.
/// @param k from 1 to items.size() - 1  @return int32 [count,k]
at::Tensor nearest_neighbours(const EqualItems& items, const SimilarityOfGroups& similarity, std::int64_t begin, std::int64_t count,
                              std::int64_t k);

/// CheXpert@k_i: the share of a report's neighbours whose class is its own.
/// @param neighbours int32 [n,k], those of reports begin, begin + 1, …  @param classes int8 [N]  @return float64 [n]
at::Tensor neighbour_agreement(const at::Tensor& neighbours, const at::Tensor& classes, std::int64_t begin);

/// Means of scores by class.
struct ClassMeans {
  std::vector<double> of_class; ///< NaN for a class that no sample has
  double macro = 0;             ///< mean over the classes that occur; NaN if none does
};

/// @param scores,classes one a sample; classes from 0 to class_count - 1  @param indices the samples to count, with repeats
ClassMeans class_means(std::span<const double> scores, std::span<const std::int8_t> classes, std::int64_t class_count,
                       std::span<const std::int64_t> indices);
/// Over all samples.
ClassMeans class_means(std::span<const double> scores, std::span<const std::int8_t> classes, std::int64_t class_count);

} // namespace cxr
