#include "metrics/tsne_loops.h"

#include "core/simd.h"

namespace cxr {

CXR_SIMD_CLONES void tsne_repel(const TsnePoints& points, std::int64_t begin, std::int64_t end, float* force_x, float* force_y,
                                float* total) {
  const float *x = points.x, *y = points.y;
  for (auto i = begin; i < end; ++i) {
    const float xi = x[i], yi = y[i];
    float sum_x = 0, sum_y = 0, sum = 0;
#pragma omp simd reduction(+ : sum_x, sum_y, sum)
    for (std::int64_t j = 0; j < points.count; ++j) {
      const float dx = xi - x[j], dy = yi - y[j];
      const float q = 1.0f / (1.0f + dx * dx + dy * dy);
      sum += q;
      sum_x += q * q * dx;
      sum_y += q * q * dy;
    }
    force_x[i] = sum_x;
    force_y[i] = sum_y;
    total[i] = sum - 1.0f; // i itself: q is 1
  }
}

CXR_SIMD_CLONES void tsne_attract(const TsnePoints& points, const std::int64_t* row_begin, const std::int32_t* column,
                                  const float* p, std::int64_t begin, std::int64_t end, float* force_x, float* force_y) {
  const float *x = points.x, *y = points.y;
  for (auto i = begin; i < end; ++i) {
    const float xi = x[i], yi = y[i];
    float sum_x = 0, sum_y = 0;
#pragma omp simd reduction(+ : sum_x, sum_y)
    for (auto entry = row_begin[i]; entry < row_begin[i + 1]; ++entry) {
      const auto j = column[entry];
      const float dx = xi - x[j], dy = yi - y[j];
      const float force = p[entry] / (1.0f + dx * dx + dy * dy);
      sum_x += force * dx;
      sum_y += force * dy;
    }
    force_x[i] = sum_x;
    force_y[i] = sum_y;
  }
}

} // namespace cxr
