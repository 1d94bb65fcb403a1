/// @file
/// How strongly t-SNE ties each pair of points: a part of metrics/tsne.h.
#pragma once

#include <torch/types.h>

namespace cxr {

/// A symmetric sparse matrix [N,N] by rows: those of row i are at row_begin[i] … row_begin[i + 1] - 1.
struct SparseAffinities {
  at::Tensor row_begin; ///< int64 [N+1]
  at::Tensor column;    ///< int32 [n], ascending in each row
  at::Tensor value;     ///< float32 [n], of sum 1
};

/// Gaussian affinities of each point to its 3·perplexity + 1 nearest, each Gaussian as wide as the perplexity asks for, made
/// symmetric.
/// @param points float64 [N,D] on the CPU
SparseAffinities tsne_affinities(const at::Tensor& points, double perplexity);

} // namespace cxr
