#include "experiments/gathered_rows.h"

namespace cxr {

at::Tensor gathered_rows(const std::vector<at::Tensor>& mine, const std::vector<Batch>& batches, std::int64_t columns,
                         at::ScalarType dtype, Communicator& ranks) {
  const auto empty = at::empty({0, columns}, dtype);
  const auto local = mine.empty() ? empty : at::cat(mine).to(dtype).contiguous();
  const auto bytes = ranks.all_gather({static_cast<const char*>(local.const_data_ptr()), static_cast<std::size_t>(local.nbytes())});
  std::vector<at::Tensor> by_rank;
  for (const auto& text : bytes) {
    const auto row = static_cast<std::size_t>(columns) * c10::elementSize(dtype);
    by_rank.push_back(at::empty({static_cast<std::int64_t>(text.size() / row), columns}, dtype));
    std::copy(text.begin(), text.end(), static_cast<char*>(by_rank.back().mutable_data_ptr()));
  }
  std::vector<at::Tensor> rows;
  std::vector<std::int64_t> taken(bytes.size(), 0);
  for (std::size_t b = 0; b < batches.size(); ++b) {
    const auto rank = b % bytes.size(); // as deal() deals
    rows.push_back(by_rank[rank].slice(0, taken[rank], taken[rank] + batches[b].count));
    taken[rank] += batches[b].count;
  }
  return rows.empty() ? empty : at::cat(rows);
}

} // namespace cxr
