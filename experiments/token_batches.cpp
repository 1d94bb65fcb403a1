#include "experiments/token_batches.h"

#include <algorithm>
#include <numeric>

#include "core/error.h"

namespace cxr {
namespace {

using Texts = std::vector<std::vector<std::int32_t>>;

TokenBatch padded(const Texts& texts, std::span<const std::int64_t> rows, std::int64_t length, std::int32_t pad) {
  const auto n = std::ssize(rows);
  TokenBatch batch{at::empty({n}, at::kLong), at::full({n, length}, pad, at::kLong), at::zeros({n, length}, at::kLong)};
  std::ranges::copy(rows, batch.rows.mutable_data_ptr<std::int64_t>());
  auto* ids = batch.ids.mutable_data_ptr<std::int64_t>();
  auto* mask = batch.mask.mutable_data_ptr<std::int64_t>();
  for (std::int64_t i = 0; i < n; ++i) {
    const auto& text = texts[static_cast<std::size_t>(rows[static_cast<std::size_t>(i)])];
    std::ranges::copy(text, ids + i * length);
    std::fill_n(mask + i * length, text.size(), 1);
  }
  return batch;
}

} // namespace

std::vector<TokenBatch> token_batches(const Texts& texts, std::int64_t budget, std::int32_t pad, std::int64_t length) {
  const auto length_of = [&](std::int64_t row) { return std::ssize(texts[static_cast<std::size_t>(row)]); };
  std::vector<std::int64_t> rows(texts.size());
  std::iota(rows.begin(), rows.end(), 0);
  std::ranges::stable_sort(rows, std::greater<>(), length_of);

  std::vector<TokenBatch> batches;
  for (std::size_t begin = 0; begin < rows.size();) {
    const auto longest = length_of(rows[begin]);
    expects(longest > 0 && (length == 0 || longest <= length), "a text of {} tokens in a row of {}", longest, length);
    const auto width = length > 0 ? length : longest;
    const auto count = std::min(rows.size() - begin, static_cast<std::size_t>(std::max<std::int64_t>(1, budget / width)));
    batches.push_back(padded(texts, std::span(rows).subspan(begin, count), width, pad));
    begin += count;
  }
  return batches;
}

} // namespace cxr
