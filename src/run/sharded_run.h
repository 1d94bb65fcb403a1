/// @file
/// The one way in which an experiment works through samples and writes results: what is left of the run is dealt to the
/// ranks in whole batches; each rank's results go to shards on a thread of their own; rank 0 merges at the end.
///
///     ShardedRun run(folder, images.size(), batch_size, attributes, "reconstruct", "images");
///     run.for_each([&](Batch batch) -> Columns { … });
///     run.merge();
#pragma once

#include <functional>

#include "dist/shard_plan.h"
#include "io/shard_file.h"
#include "run/run_folder.h"
#include "run/shard_writer.h"

namespace cxr {

class Progress;

class ShardedRun {
 public:
  /// @param attributes of the merged file; `run` and `samples` are set here
  /// @param what, unit for the progress line
  /// @param cost of a batch, where batches differ in work: ranks then get equal costs instead of equal numbers of batches
  ShardedRun(RunFolder& folder, std::int64_t samples, std::int64_t batch_size, RunAttributes attributes, std::string what,
             std::string unit, ShardLimits limits = {}, const std::function<std::int64_t(Batch)>& cost = {});

  /// The batches that this rank still has to do.
  const std::vector<Batch>& mine() const { return mine_; }
  bool complete() const { return left_ == 0; }

  /// Calls `work` for each of this rank's batches in order and hands the columns to the shard writer.
  /// A signal ends it after the batch at hand: what is done is saved, then Interrupted is thrown on every rank. Ranks that got
  /// no signal (mpirun and srun send it to all) first finish their part.
  /// A rank that fails throws here; main() then aborts the other ranks, and what all had saved stays.
  void for_each(const std::function<Columns(Batch)>& work);
  /// The same where a batch takes minutes: `work` tells of its steps (Progress::add_steps), and may throw Interrupted where a
  /// signal came, which gives that batch up.
  void for_each(const std::function<Columns(Batch, Progress&)>& work);

  /// Waits for all ranks, then rank 0 merges the shards into results.h5. The shards stay. Nothing to do for a finished run.
  void merge();

 private:
  void tell_start();

  RunFolder& folder_;
  std::int64_t samples_, left_ = 0;
  bool merged_ = false; ///< results.h5 is there already
  RunAttributes attributes_;
  std::string what_, unit_;
  ShardLimits limits_;
  std::vector<Batch> mine_;
};

} // namespace cxr
