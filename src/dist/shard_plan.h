/// @file
/// Which rank does which batch. Batches are whole and fixed by sample numbers, so a batch's content, and with it the
/// result, never depends on the number of ranks.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace cxr {

/// Samples [begin, begin + count).
struct Batch {
  std::int64_t begin;
  std::int64_t count;
  std::int64_t end() const { return begin + count; }
  bool operator==(const Batch&) const = default;
};

/// Samples 0 … samples-1 cut into batches of `batch_size` (the last may be shorter).
std::vector<Batch> whole_batches(std::int64_t samples, std::int64_t batch_size);

/// The batches that hold a sample whose entry in `done` (size N) is false.
std::vector<Batch> unfinished(const std::vector<Batch>& batches, const std::vector<bool>& done);

/// Rank `rank`'s part of `batches`, dealt like cards.
std::vector<Batch> deal(const std::vector<Batch>& batches, int rank, int ranks);

/// Rank `rank`'s part where batches differ in work: the costliest first, each to the rank that has least (Graham 1969: no rank has
/// more than 4/3 of the best division's share). In order of samples.
/// @param costs of each batch, in any unit
std::vector<Batch> deal_by_cost(const std::vector<Batch>& batches, const std::vector<std::int64_t>& costs, int rank, int ranks);

} // namespace cxr
