/// @file
/// Writes a rank's results to shards on a thread of its own, so that the disk does not hold up the model.
#pragma once

#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <thread>

#include "dist/shard_plan.h"
#include "io/shard_file.h"

namespace cxr {

/// A shard is closed after this many seconds or bytes: what a kill can cost.
struct ShardLimits {
  double seconds = 20;
  std::int64_t bytes = std::int64_t{256} << 20;
};

class ShardWriter {
 public:
  ShardWriter(std::filesystem::path folder, RunAttributes attributes, ShardLimits limits = {});
  /// Stops without writing what is still queued if finish() was not called (an exception unwinds).
  ~ShardWriter();
  ShardWriter(const ShardWriter&) = delete;
  ShardWriter& operator=(const ShardWriter&) = delete;

  /// Queues a batch's results; waits when too much is queued. Rethrows what the writing thread met.
  void add(Batch batch, Columns columns);
  /// Writes all that is queued and waits until it is on disk.
  void finish();

 private:
  struct Item {
    Batch batch;
    Columns columns;
  };
  void write_items();
  void write_pending();

  std::filesystem::path folder_;
  RunAttributes attributes_;
  ShardLimits limits_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Item> queue_;
  std::vector<Item> pending_; ///< the writing thread's
  bool finishing_ = false, abandoned_ = false;
  std::exception_ptr failure_;
  std::thread thread_;
};

} // namespace cxr
