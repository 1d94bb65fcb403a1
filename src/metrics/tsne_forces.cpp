#include "metrics/tsne_forces.h"

#include <ATen/Parallel.h>

#include "metrics/tsne_loops.h"

namespace cxr {
namespace {

constexpr std::int64_t kPairsAThread = std::int64_t{1} << 19; // at least: a tenth of a millisecond, which outweighs waking a thread
constexpr std::int64_t kEntriesAThread = std::int64_t{1} << 16; // the same for entries of the sparse matrix, which are gathered
constexpr std::int64_t kPairsAtOnce = std::int64_t{1} << 25;    // of by_blocks(): 128 MiB each tensor

/// How many rows of `row` pairs each make up `least` pairs.
std::int64_t rows_of(std::int64_t least, std::int64_t row) {
  return std::max<std::int64_t>(least / std::max<std::int64_t>(row, 1), 1);
}

TsnePoints points_of(const at::Tensor& layout) {
  const auto* data = layout.const_data_ptr<float>();
  return {data, data + layout.size(1), layout.size(1)};
}

} // namespace

TsneRepulsion tsne_repulsion(const at::Tensor& layout) {
  if (!layout.is_cpu()) return tsne_repulsion_by_blocks(layout);
  const auto points = points_of(layout);
  auto force = at::empty_like(layout); // [2,N]
  auto total = at::empty({points.count}, at::kFloat);
  auto *x = force.mutable_data_ptr<float>(), *y = x + points.count, *totals = total.mutable_data_ptr<float>();
  at::parallel_for(0, points.count, rows_of(kPairsAThread, points.count),
                   [&](std::int64_t begin, std::int64_t end) { tsne_repel(points, begin, end, x, y, totals); });
  // One after the other: a sum in parallel depends on the number of threads.
  double sum = 0;
  for (std::int64_t i = 0; i < points.count; ++i) sum += totals[i];
  return {force, at::scalar_tensor(sum, at::kDouble)};
}

TsneRepulsion tsne_repulsion_by_blocks(const at::Tensor& layout) {
  const auto count = layout.size(1), rows = rows_of(kPairsAtOnce, count);
  auto force = at::empty_like(layout); // [2,N]
  auto total = at::zeros({}, layout.options().dtype(at::kDouble));
  for (std::int64_t begin = 0; begin < count; begin += rows) {
    const auto block = layout.slice(1, begin, begin + rows).unsqueeze(2); // [2,rows,1]
    const auto dx = block[0] - layout[0], dy = block[1] - layout[1];      // [rows,N]
    auto q = dx.square().add_(dy.square()).add_(1).reciprocal_();
    total += q.sum(at::kDouble) - static_cast<double>(block.size(1)); // a point itself: q is 1
    q.square_();
    force[0].slice(0, begin, begin + rows).copy_((q * dx).sum(1));
    force[1].slice(0, begin, begin + rows).copy_((q * dy).sum(1));
  }
  return {force, total};
}

at::Tensor tsne_attraction(const SparseAffinities& affinities, const at::Tensor& layout) {
  if (!layout.is_cpu()) return tsne_attraction_by_segments(affinities, layout);
  const auto points = points_of(layout);
  auto force = at::empty_like(layout); // [2,N]
  auto *x = force.mutable_data_ptr<float>(), *y = x + points.count;
  const auto* row_begin = affinities.row_begin.const_data_ptr<std::int64_t>();
  const auto* column = affinities.column.const_data_ptr<std::int32_t>();
  const auto* p = affinities.value.const_data_ptr<float>();
  const auto entries = affinities.value.size(0) / std::max<std::int64_t>(points.count, 1); // a row, on average
  at::parallel_for(0, points.count, rows_of(kEntriesAThread, entries),
                   [&](std::int64_t begin, std::int64_t end) { tsne_attract(points, row_begin, column, p, begin, end, x, y); });
  return force;
}

namespace {

/// y_i - y_j of each entry of the sparse matrix. @return [2,n]
at::Tensor differences(const SparseAffinities& affinities, const at::Tensor& layout) {
  const auto row = at::repeat_interleave(affinities.row_begin.diff(), std::optional(affinities.value.size(0))); // [n]
  return layout.index_select(1, row) - layout.index_select(1, affinities.column);
}

} // namespace

at::Tensor tsne_attraction_by_segments(const SparseAffinities& affinities, const at::Tensor& layout) {
  const auto difference = differences(affinities, layout);
  const auto force = difference * affinities.value / (1 + difference.square().sum(0)); // [2,n]
  return at::segment_reduce(force.t().contiguous(), "sum", {}, {}, affinities.row_begin, 0, true).t().contiguous();
}

double tsne_kl_divergence(const SparseAffinities& affinities, const at::Tensor& layout, const at::Tensor& total) {
  const auto distance = differences(affinities, layout).square().sum(0).to(at::kDouble); // [n]
  const auto p = affinities.value.to(at::kDouble);
  const auto terms = at::where(p > 0, p * (p.log() + distance.log1p() + total.log()), at::zeros_like(p));
  return terms.sum().item<double>();
}

} // namespace cxr
