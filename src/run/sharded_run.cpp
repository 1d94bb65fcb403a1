#include "run/sharded_run.h"

#include "core/error.h"
#include "core/log.h"
#include "core/progress.h"
#include "core/signals.h"
#include "core/timing.h"

namespace cxr {
namespace fs = std::filesystem;
namespace {

std::vector<bool> samples_in_shards(const RunFolder& folder, std::int64_t samples) {
  std::vector<bool> done(static_cast<std::size_t>(samples), false);
  for (const auto& entry : fs::directory_iterator(folder.shards())) {
    if (entry.path().extension() != ".h5") continue;
    for (const auto sample : read_shard_index(entry.path(), folder.identity(), samples))
      done[static_cast<std::size_t>(sample)] = true;
  }
  return done;
}

bool is_merged(const RunFolder& folder) {
  if (!fs::exists(folder.results())) return false;
  const auto file = hdf5::File::open(folder.results());
  return file.has_attribute("/", "run") && file.read_attribute("/", "run") == folder.identity();
}

std::int64_t count_samples(const std::vector<Batch>& batches) {
  std::int64_t samples = 0;
  for (const auto& batch : batches) samples += batch.count;
  return samples;
}

std::vector<std::int64_t> costs_of(const std::vector<Batch>& batches, const std::function<std::int64_t(Batch)>& cost) {
  std::vector<std::int64_t> costs;
  for (const auto& batch : batches) costs.push_back(cost(batch));
  return costs;
}

// What rank 0 found on the disk, on every rank: one reader, one answer.
std::vector<bool> agreed(Communicator& ranks, const std::vector<bool>& done) {
  const auto bytes = ranks.broadcast(std::string(done.begin(), done.end()));
  return {bytes.begin(), bytes.end()};
}

} // namespace

ShardedRun::ShardedRun(RunFolder& folder, std::int64_t samples, std::int64_t batch_size, RunAttributes attributes, std::string what,
                       std::string unit, ShardLimits limits, const std::function<std::int64_t(Batch)>& cost)
    : folder_(folder),
      samples_(samples),
      attributes_(std::move(attributes)),
      what_(std::move(what)),
      unit_(std::move(unit)),
      limits_(limits) {
  attributes_.run = folder.identity();
  attributes_.samples = samples;
  auto& ranks = folder.ranks();
  std::vector<bool> done;
  if (ranks.is_root()) {
    merged_ = is_merged(folder);
    done = merged_ ? std::vector<bool>(static_cast<std::size_t>(samples), true) : samples_in_shards(folder, samples);
  }
  merged_ = ranks.all_reduce_max(merged_) != 0;
  const auto left = unfinished(whole_batches(samples, batch_size), agreed(ranks, done));
  left_ = count_samples(left);
  mine_ = cost ? deal_by_cost(left, costs_of(left, cost), ranks.rank(), ranks.size()) : deal(left, ranks.rank(), ranks.size());
  tell_start();
}

void ShardedRun::tell_start() {
  if (merged_) {
    log::info("{}: this run is finished; its results are in {}", folder_.path().string(), folder_.results().string());
    return;
  }
  if (left_ < samples_) log::info("{}: goes on with {} of {} {}", folder_.path().string(), left_, samples_, unit_);
  folder_.log("start", {{"ranks", folder_.ranks().size()}, {"samples", samples_}, {"left", left_}});
}

void ShardedRun::for_each(const std::function<Columns(Batch)>& work) {
  for_each([&](Batch batch, Progress&) { return work(batch); });
}

void ShardedRun::for_each(const std::function<Columns(Batch, Progress&)>& work) {
  auto& ranks = folder_.ranks();
  const Stopwatch clock;
  std::size_t next = 0;
  {
    ShardWriter writer(folder_.shards(), attributes_, limits_);
    // One rank can't see the others' work: several ranks show rank 0's part of it, and say so.
    const bool alone = ranks.size() == 1;
    const auto mine = count_samples(mine_);
    Progress progress(alone ? what_ : fmt::format("{} (rank 0 of {})", what_, ranks.size()), unit_, alone ? samples_ : mine,
                      alone ? samples_ - left_ : 0, ranks.is_root() && left_ > 0);
    try {
      for (; next < mine_.size() && !signals::received(); ++next) {
        writer.add(mine_[next], work(mine_[next], progress));
        progress.add(mine_[next].count);
      }
    } catch (const Interrupted&) { // in the middle of a batch; what was finished is still to be written
    }
    writer.finish();
  }
  // Collective: no rank leaves while another still works, and all agree whether the run is complete.
  const bool incomplete = ranks.all_reduce_max(next < mine_.size()) != 0;
  const auto signal = static_cast<int>(ranks.all_reduce_max(signals::received()));
  if (!incomplete) return;
  folder_.log("interrupted", {{"signal", signal}, {"seconds", clock.seconds()}});
  throw Interrupted(signal);
}

void ShardedRun::merge() {
  auto& ranks = folder_.ranks();
  ranks.barrier();
  if (ranks.is_root() && !merged_) {
    const Stopwatch clock;
    merge_shards(folder_.shards(), folder_.results());
    folder_.log("merged", {{"samples", samples_}, {"seconds", clock.seconds()}});
  }
  merged_ = true;
  ranks.barrier();
}

} // namespace cxr
