/// @file
/// A set's texts in memory, for training, which takes them in any order.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "data/text_set.h"

namespace cxr {

/// One buffer with offsets: a million of LAION's prompts take about 70 MB and a second to read.
class PromptTexts {
 public:
  /// Texts [begin, begin + count) of the set.
  PromptTexts(const TextSet& set, std::int64_t begin, std::int64_t count);

  std::int64_t size() const { return std::ssize(begins_) - 1; }
  /// @param text 0 … size() - 1
  std::string_view operator[](std::int64_t text) const;

 private:
  std::string bytes_;
  std::vector<std::size_t> begins_{0}; ///< of each text, and the end of the last
};

} // namespace cxr
