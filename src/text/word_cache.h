/// @file
/// What words were split into, so that a frequent word is looked up once.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "text/vocabulary.h"

namespace cxr {

/// Words and their ids, at most kMostWords; one more empties it. For one thread.
class WordCache {
 public:
  static constexpr std::size_t kMostWords = 1 << 16;
  static constexpr std::size_t kLongestWord = 256; ///< bytes; longer ones hardly come again

  /// The ids of a word that was stored; they live until the next store(). nullptr data: not stored.
  std::span<const std::int32_t> find(std::string_view word) const {
    const auto found = words_.find(word);
    return found == words_.end() ? std::span<const std::int32_t>()
                                 : std::span(ids_).subspan(found->second.begin, found->second.size);
  }

  void store(std::string_view word, std::span<const std::int32_t> ids) {
    if (word.size() > kLongestWord || ids.empty()) return;
    if (words_.size() == kMostWords) {
      words_.clear();
      ids_.clear();
    }
    words_.emplace(word, Place{ids_.size(), ids.size()});
    ids_.insert(ids_.end(), ids.begin(), ids.end());
  }

 private:
  struct Place {
    std::size_t begin, size;
  };
  std::unordered_map<std::string, Place, StringHash, std::equal_to<>> words_;
  std::vector<std::int32_t> ids_;
};

/// One T for each thread that is at work, handed from thread to thread.
template <typename T>
class Pool {
 public:
  /// Lent until the lease ends.
  class Lease {
   public:
    explicit Lease(Pool& pool) : pool_(pool), item_(pool.take()) {}
    ~Lease() { pool_.give_back(std::move(item_)); }
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    T& operator*() const { return *item_; }
    T* operator->() const { return item_.get(); }

   private:
    Pool& pool_;
    std::unique_ptr<T> item_;
  };

 private:
  std::unique_ptr<T> take() {
    const std::lock_guard lock(mutex_);
    if (free_.empty()) return std::make_unique<T>();
    auto item = std::move(free_.back());
    free_.pop_back();
    return item;
  }
  void give_back(std::unique_ptr<T> item) {
    const std::lock_guard lock(mutex_);
    free_.push_back(std::move(item));
  }

  std::mutex mutex_;
  std::vector<std::unique_ptr<T>> free_;
};

} // namespace cxr
