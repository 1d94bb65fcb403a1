#include "dist/shard_plan.h"

#include <algorithm>
#include <functional>
#include <numeric>

#include "core/error.h"

namespace cxr {

std::vector<Batch> whole_batches(std::int64_t samples, std::int64_t batch_size) {
  expects(samples >= 0 && batch_size > 0, "{} samples in batches of {}", samples, batch_size);
  std::vector<Batch> batches;
  for (std::int64_t begin = 0; begin < samples; begin += batch_size)
    batches.push_back({begin, std::min(batch_size, samples - begin)});
  return batches;
}

std::vector<Batch> unfinished(const std::vector<Batch>& batches, const std::vector<bool>& done) {
  std::vector<Batch> left;
  for (const auto& batch : batches) {
    expects(batch.end() <= static_cast<std::int64_t>(done.size()), "batch to {} of {} samples", batch.end(), done.size());
    const auto begin = done.begin() + batch.begin;
    if (!std::all_of(begin, begin + batch.count, [](bool is_done) { return is_done; })) left.push_back(batch);
  }
  return left;
}

std::vector<Batch> deal(const std::vector<Batch>& batches, int rank, int ranks) {
  expects(ranks > 0 && rank >= 0 && rank < ranks, "rank {} of {}", rank, ranks);
  std::vector<Batch> dealt;
  for (auto i = static_cast<std::size_t>(rank); i < batches.size(); i += static_cast<std::size_t>(ranks))
    dealt.push_back(batches[i]);
  return dealt;
}

std::vector<Batch> deal_by_cost(const std::vector<Batch>& batches, const std::vector<std::int64_t>& costs, int rank, int ranks) {
  expects(ranks > 0 && rank >= 0 && rank < ranks, "rank {} of {}", rank, ranks);
  expects(batches.size() == costs.size(), "{} batches, {} costs", batches.size(), costs.size());
  std::vector<std::size_t> costliest_first(batches.size());
  std::iota(costliest_first.begin(), costliest_first.end(), std::size_t{0});
  std::ranges::stable_sort(costliest_first, std::greater<>(), [&](std::size_t i) { return costs[i]; });

  std::vector<std::int64_t> load(static_cast<std::size_t>(ranks), 0);
  std::vector<Batch> mine;
  for (const auto i : costliest_first) {
    const auto least = std::ranges::min_element(load);
    *least += costs[i];
    if (least - load.begin() == rank) mine.push_back(batches[i]);
  }
  std::ranges::sort(mine, {}, &Batch::begin);
  return mine;
}

} // namespace cxr
