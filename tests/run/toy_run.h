/// @file
/// A run whose work is known beforehand: a row of numbers and a name for each sample.
#pragma once

#include <functional>

#include "run/sharded_run.h"

namespace cxr::test {

inline constexpr std::int64_t kToySamples = 46;
inline constexpr std::int64_t kToyBatch = 4;

/// Each batch goes to a shard of its own, so that little is lost.
inline constexpr ShardLimits kShardABatch{.seconds = 0, .bytes = 1};

Columns toy_columns(Batch batch);

/// The samples that the shards in `folder` hold, sorted.
std::vector<std::int64_t> saved_samples(const RunFolder& folder);

/// Waits until the folder holds so many shards: they are written on a thread of their own.
void wait_for_shards(const std::filesystem::path& run, std::ptrdiff_t count);

/// Opens the run in `path`, calls `before` with each batch ahead of its work, and merges.
/// @return the batches that were worked on
std::vector<Batch> finish_toy_run(
    const std::filesystem::path& path, const std::function<void(Batch)>& before = [](Batch) {});

/// results.h5 of a run that nothing disturbed.
std::string undisturbed_results();

} // namespace cxr::test
