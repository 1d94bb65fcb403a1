#include "run/shard_writer.h"

#include "core/error.h"
#include "core/timing.h"

namespace cxr {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kLongestQueue = 4; // batches that wait for the disk before the model does

std::int64_t bytes_of(const Column& column) {
  if (const auto* tensor = std::get_if<at::Tensor>(&column)) return static_cast<std::int64_t>(tensor->nbytes());
  std::int64_t bytes = 0;
  for (const auto& text : std::get<std::vector<std::string>>(column)) bytes += std::ssize(text);
  return bytes;
}

std::int64_t bytes_of(const Columns& columns) {
  std::int64_t bytes = 0;
  for (const auto& [name, column] : columns) bytes += bytes_of(column);
  return bytes;
}

// The parts of one column, one below the other.
Column joined(const std::vector<Column>& parts) {
  if (std::holds_alternative<at::Tensor>(parts.front())) {
    std::vector<at::Tensor> tensors;
    for (const auto& part : parts) tensors.push_back(std::get<at::Tensor>(part));
    return at::cat(tensors);
  }
  std::vector<std::string> strings;
  for (const auto& part : parts) {
    const auto& more = std::get<std::vector<std::string>>(part);
    strings.insert(strings.end(), more.begin(), more.end());
  }
  return strings;
}

} // namespace

ShardWriter::ShardWriter(std::filesystem::path folder, RunAttributes attributes, ShardLimits limits)
    : folder_(std::move(folder)), attributes_(std::move(attributes)), limits_(limits), thread_([this] { write_items(); }) {}

ShardWriter::~ShardWriter() {
  {
    const std::lock_guard lock(mutex_);
    abandoned_ = !finishing_;
    finishing_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void ShardWriter::add(Batch batch, Columns columns) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return queue_.size() < kLongestQueue || failure_; });
  if (failure_) std::rethrow_exception(failure_);
  queue_.push_back({batch, std::move(columns)});
  changed_.notify_all();
}

void ShardWriter::finish() {
  {
    const std::lock_guard lock(mutex_);
    finishing_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
  if (failure_) std::rethrow_exception(failure_);
}

// The writing thread: gathers batches until they fill a shard or a shard's time is over, then writes them.
void ShardWriter::write_items() try {
  std::int64_t bytes = 0;
  auto close_at = Clock::time_point::max();
  for (;;) {
    std::unique_lock lock(mutex_);
    const auto woken = [&] { return !queue_.empty() || finishing_; };
    if (pending_.empty()) {
      changed_.wait(lock, woken);
    } else {
      changed_.wait_until(lock, close_at, woken);
    }
    if (abandoned_) return;
    if (!queue_.empty()) {
      if (pending_.empty())
        close_at = Clock::now() + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(limits_.seconds));
      bytes += bytes_of(queue_.front().columns);
      pending_.push_back(std::move(queue_.front()));
      queue_.pop_front();
      changed_.notify_all();
    }
    const bool last = finishing_ && queue_.empty();
    lock.unlock();
    if (bytes >= limits_.bytes || Clock::now() >= close_at || last) {
      write_pending();
      bytes = 0;
    }
    if (last) return;
  }
} catch (...) {
  const std::lock_guard lock(mutex_);
  failure_ = std::current_exception();
  queue_.clear();
  changed_.notify_all();
}

// Named by its first sample: no two shards of a run share one.
void ShardWriter::write_pending() {
  if (pending_.empty()) return;
  std::vector<std::int64_t> index;
  std::map<std::string, std::vector<Column>> parts;
  for (auto& item : pending_) {
    for (auto sample = item.batch.begin; sample < item.batch.end(); ++sample) index.push_back(sample);
    for (auto& [name, column] : item.columns) parts[name].push_back(std::move(column));
  }
  pending_.clear();
  Columns columns;
  for (auto& [name, column] : parts) columns[name] = joined(std::exchange(column, {}));
  write_shard(folder_ / fmt::format("samples-{:08}.h5", index.front()), attributes_, index, columns);
}

} // namespace cxr
