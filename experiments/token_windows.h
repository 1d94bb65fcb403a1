/// @file
/// A text set as windows of tokenised texts.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "data/text_set.h"
#include "dist/communicator.h"
#include "dist/shard_plan.h"
#include "text/tokenizer.h"

namespace cxr {

/// Consecutive texts of a set.
struct TokenWindow {
  std::vector<std::string> ids;                 ///< the set's names of them
  std::vector<std::vector<std::int32_t>> texts; ///< each as its tokens, special ones included
};

class TokenWindows {
 public:
  /// @param set, tokenizer are borrowed
  /// @param samples how many of the set's texts count
  /// @param limit the most tokens a text, special ones included; what is longer is cut
  TokenWindows(const TextSet& set, std::int64_t samples, const Tokenizer& tokenizer, std::int64_t limit)
      : set_(set), samples_(samples), tokenizer_(tokenizer), limit_(limit) {}

  TokenWindow window(Batch batch);

  /// The most tokens that one of the texts has, at most the limit. Collective: each rank looks at its share.
  std::int64_t longest(std::int64_t window_size, Communicator& ranks);

  /// How many texts were cut so far, but for those that only longest() saw.
  std::int64_t cut() const { return cut_; }

 private:
  const TextSet& set_;
  std::int64_t samples_;
  const Tokenizer& tokenizer_;
  std::int64_t limit_;
  std::atomic<std::int64_t> cut_ = 0; ///< counted by the thread that reads ahead
};

} // namespace cxr
