/// @file
/// Few rows in which every two values of every two factors meet (Cohen et al. 1997: AETG).
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

namespace cxr::combinations {

/// A value for each factor; kOpen while none is chosen.
using Row = std::vector<int>;
inline constexpr int kOpen = -1;

/// Whether a row may be run. It may have open factors: then whether nothing that is chosen forbids it.
using IsAllowed = std::function<bool(const Row&)>;

struct PairwiseRows {
  std::vector<Row> rows;
  std::int64_t pairs = 0;      ///< that some allowed row has
  std::int64_t impossible = 0; ///< pairs that no allowed row was found for
};

/// @param values how many each factor has  @param seed the same seed gives the same rows
PairwiseRows pairwise_rows(const std::vector<int>& values, const IsAllowed& is_allowed, std::uint64_t seed);

/// A whole row that is allowed, each factor's value drawn alike.
Row random_row(const std::vector<int>& values, const IsAllowed& is_allowed, std::uint64_t seed);

} // namespace cxr::combinations
