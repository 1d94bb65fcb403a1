/// @file
/// Which samples a step uses. Each epoch is a permutation of all samples, keyed by the seed and the epoch; a step takes the next
/// `batch_size` of the endless sequence of epochs, whatever the number of ranks, so that each sample is used once an epoch.
#pragma once

#include <cstdint>
#include <vector>

#include "training/objective.h"

namespace cxr {

class SampleOrder {
 public:
  /// @param samples at least 1  @param batch_size draws of a step, on all ranks together; at least 1
  SampleOrder(std::int64_t samples, std::int64_t batch_size, std::uint64_t seed);

  /// Rank `rank`'s part of a step's draws: batch_size · rank / ranks to batch_size · (rank + 1) / ranks.
  std::vector<Draw> draws(std::int64_t step, int rank, int ranks);

 private:
  const std::vector<std::int64_t>& permutation(std::int64_t epoch);

  std::int64_t samples_, batch_size_;
  std::uint64_t seed_;
  std::int64_t epoch_ = -1; ///< whose permutation is kept
  std::vector<std::int64_t> permutation_;
};

} // namespace cxr
