#include "nn/kernels/batch_norm.h"

#include "nn/kernels/simd.h"

namespace cxr::nn::kernels {
namespace {

template <typename T>
CXR_SIMD_INLINE void loop(const T* x, std::int64_t stride, const float* scale, const float* offset, std::int64_t pixels,
                          std::int64_t channels, T* y) {
  for (std::int64_t p = 0; p < pixels; ++p, x += stride, y += channels) {
#pragma omp simd
    for (std::int64_t c = 0; c < channels; ++c) {
      const float value = load(x[c]) * scale[c] + offset[c];
      store(value > 0 ? value : 0, y[c]);
    }
  }
}

} // namespace

CXR_SIMD_CLONES void scale_offset_relu(const float* x, std::int64_t stride, const float* scale, const float* offset,
                                       std::int64_t pixels, std::int64_t channels, float* y) {
  loop(x, stride, scale, offset, pixels, channels, y);
}

CXR_SIMD_CLONES void scale_offset_relu(const std::uint16_t* x, std::int64_t stride, const float* scale, const float* offset,
                                       std::int64_t pixels, std::int64_t channels, std::uint16_t* y) {
  loop(x, stride, scale, offset, pixels, channels, y);
}

} // namespace cxr::nn::kernels
