#include "experiments/token_windows.h"

namespace cxr {

TokenWindow TokenWindows::window(Batch batch) {
  TokenWindow window{set_.ids(batch.begin, batch.count), {}};
  for (const auto& text : set_.texts(batch.begin, batch.count)) {
    auto ids = tokenizer_.encode(text);
    if (std::ssize(ids) + tokenizer_.special().around() > limit_) ++cut_;
    window.texts.push_back(tokenizer_.with_special(std::move(ids), limit_));
  }
  return window;
}

std::int64_t TokenWindows::longest(std::int64_t window_size, Communicator& ranks) {
  const auto cut_before = cut_.load();
  std::size_t longest = 1;
  for (const auto batch : deal(whole_batches(samples_, window_size), ranks.rank(), ranks.size())) {
    for (const auto& text : window(batch).texts) longest = std::max(longest, text.size());
  }
  cut_ = cut_before;
  return ranks.all_reduce_max(static_cast<std::int64_t>(longest));
}

} // namespace cxr
