/// @file
/// The loops over pairs of points in which t-SNE spends its time on a CPU (metrics/tsne_forces.h).
#pragma once

#include <cstdint>

namespace cxr {

/// x and y of the points of a layout.
struct TsnePoints {
  const float *x, *y;
  std::int64_t count;
};

/// Of each point i in [begin, end): force_x[i], force_y[i] = Σ_j q² (y_i - y_j) and total[i] = Σ_j q, j ≠ i.
void tsne_repel(const TsnePoints& points, std::int64_t begin, std::int64_t end, float* force_x, float* force_y, float* total);

/// Of each point i in [begin, end): force_x[i], force_y[i] = Σ p q (y_i - y_j) over its row of the sparse matrix p.
void tsne_attract(const TsnePoints& points, const std::int64_t* row_begin, const std::int32_t* column, const float* p,
                  std::int64_t begin, std::int64_t end, float* force_x, float* force_y);

} // namespace cxr
