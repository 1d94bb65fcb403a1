/// @file
/// The nearest of many vectors to each of a few, exactly: candidates come in blocks, a matrix product rules nearly all out, and
/// those within its rounding of the nearest are compared by differences. Equal vectors so have distance 0, and neither the order of
/// blocks nor how candidates are shared out changes the answer.
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <limits>
#include <vector>

namespace cxr {

/// A candidate's number and Σ (query − candidate)².
struct Nearest {
  std::int64_t number = -1;
  double squared = std::numeric_limits<double>::infinity();
  /// The nearer one; the lower number of two that are equally near.
  bool operator<(const Nearest& other) const {
    return squared < other.squared || (squared == other.squared && number < other.number);
  }
};

class NearestSearch {
 public:
  /// @param queries [n,D], uint8 or of a floating type, finite
  /// @param own of each query the number of the candidate that it is itself, which is passed over; empty: none is
  explicit NearestSearch(const at::Tensor& queries, std::vector<std::int64_t> own = {});

  /// @param candidates [m,D], uint8 if the queries are  @param first their numbers are first, first + 1, …
  void offer(const at::Tensor& candidates, std::int64_t first);
  /// The answers of a search of the same queries among other candidates.
  void merge(const std::vector<Nearest>& others);

  /// The nearest so far, [n]; number -1 for a query to which nothing was offered.
  const std::vector<Nearest>& found() const { return found_; }

 private:
  void offer_to(std::size_t query, const at::Tensor& candidates, std::int64_t first, const double* estimates, const double* slack);

  at::Tensor queries_;  ///< as given, contiguous
  at::Tensor operands_; ///< of the matrix product: float32 of uint8, else float64
  at::Tensor norms_;    ///< Σ q², float64 [n,1]
  std::vector<std::int64_t> own_;
  std::vector<Nearest> found_;
};

} // namespace cxr
