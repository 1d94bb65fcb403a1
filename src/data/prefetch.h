/// @file
/// Reads ahead: a thread fetches the next batches while the model works on this one.
#pragma once

#include <condition_variable>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace cxr {

/// Runs `fetch` over `keys` in order on a thread of its own, at most `depth` results ahead.
///
///     Prefetcher<Batch, at::Tensor> images(run.mine(), [&](Batch b) { return set.images(b.begin, b.count); });
///     run.for_each([&](Batch) { return work(images.next()); });
///
/// While it lives nothing else may use what `fetch` reads from.
template <typename Key, typename Value>
class Prefetcher {
 public:
  Prefetcher(std::vector<Key> keys, std::function<Value(const Key&)> fetch, std::size_t depth = 2)
      : keys_(std::move(keys)), fetch_(std::move(fetch)), depth_(depth), thread_([this] { fetch_all(); }) {}

  ~Prefetcher() {
    {
      const std::lock_guard lock(mutex_);
      stopped_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }
  Prefetcher(const Prefetcher&) = delete;
  Prefetcher& operator=(const Prefetcher&) = delete;

  /// The next key's value. Rethrows what `fetch` threw for it. At most as many calls as there are keys.
  Value next() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return !ready_.empty() || failure_; });
    if (ready_.empty()) std::rethrow_exception(failure_);
    auto value = std::move(ready_.front());
    ready_.pop_front();
    changed_.notify_all();
    return value;
  }

 private:
  void fetch_all() try {
    for (const auto& key : keys_) {
      {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return ready_.size() < depth_ || stopped_; });
        if (stopped_) return;
      }
      auto value = fetch_(key);
      const std::lock_guard lock(mutex_);
      ready_.push_back(std::move(value));
      changed_.notify_all();
    }
  } catch (...) {
    const std::lock_guard lock(mutex_);
    failure_ = std::current_exception();
    changed_.notify_all();
  }

  std::vector<Key> keys_;
  std::function<Value(const Key&)> fetch_;
  std::size_t depth_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Value> ready_;
  std::exception_ptr failure_;
  bool stopped_ = false;
  std::thread thread_; ///< last: it uses all of the above
};

} // namespace cxr
