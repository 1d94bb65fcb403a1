/// @file
/// What pulls and pushes the points of a t-SNE layout: a part of metrics/tsne.h. Layouts are float32 [2,N]; q stands for
/// 1 / (1 + |y_i - y_j|²).
#pragma once

#include <torch/types.h>

#include "metrics/tsne_affinities.h"

namespace cxr {

struct TsneRepulsion {
  at::Tensor force; ///< of each point i, Σ_j q² (y_i - y_j): float32 [2,N]
  at::Tensor total; ///< Z = Σ q over all pairs of two points, each both ways: float64 []
};

/// All pairs. On a CPU by a loop over rows (tsne_loops.h), on a GPU by tsne_repulsion_by_blocks().
TsneRepulsion tsne_repulsion(const at::Tensor& layout);
/// By LibTorch's operators, on any device, a block of rows at a time.
TsneRepulsion tsne_repulsion_by_blocks(const at::Tensor& layout);

/// Pairs of neighbours: of each point i, Σ_j p q (y_i - y_j), float32 [2,N]. On a CPU by a loop over rows, on a GPU by
/// tsne_attraction_by_segments(). @param affinities p, on the layout's device
at::Tensor tsne_attraction(const SparseAffinities& affinities, const at::Tensor& layout);
/// By LibTorch's operators, on any device.
at::Tensor tsne_attraction_by_segments(const SparseAffinities& affinities, const at::Tensor& layout);

/// Σ p log(p Z / q) over the pairs of neighbours. @param total Z
double tsne_kl_divergence(const SparseAffinities& affinities, const at::Tensor& layout, const at::Tensor& total);

} // namespace cxr
