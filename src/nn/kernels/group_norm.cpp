#include "nn/kernels/group_norm.h"

#include "nn/kernels/simd.h"

namespace cxr::nn::kernels {
namespace {

// Four pixels at a time, so that the sums are loaded and stored a quarter as often.
template <typename T>
CXR_SIMD_INLINE void add_sums_loop(const T* x, const float* shift, std::int64_t pixels, std::int64_t channels, float* sum,
                                   float* square) {
  std::int64_t p = 0;
  for (; p + 4 <= pixels; p += 4, x += 4 * channels) {
#pragma omp simd
    for (std::int64_t c = 0; c < channels; ++c) {
      const float d0 = load(x[c]) - shift[c], d1 = load(x[c + channels]) - shift[c];
      const float d2 = load(x[c + 2 * channels]) - shift[c], d3 = load(x[c + 3 * channels]) - shift[c];
      sum[c] += (d0 + d1) + (d2 + d3);
      square[c] += (d0 * d0 + d1 * d1) + (d2 * d2 + d3 * d3);
    }
  }
  for (; p < pixels; ++p, x += channels) {
    for (std::int64_t c = 0; c < channels; ++c) {
      const float d = load(x[c]) - shift[c];
      sum[c] += d;
      square[c] += d * d;
    }
  }
}

template <bool kSilu, typename T>
CXR_SIMD_INLINE void scale_offset_loop(const T* x, const float* scale, const float* offset, std::int64_t pixels,
                                       std::int64_t channels, T* y) {
  for (std::int64_t p = 0; p < pixels; ++p, x += channels, y += channels) {
#pragma omp simd
    for (std::int64_t c = 0; c < channels; ++c) {
      const float value = load(x[c]) * scale[c] + offset[c];
      store(kSilu ? silu(value) : value, y[c]);
    }
  }
}

} // namespace

CXR_SIMD_CLONES void add_sums(const float* x, const float* shift, std::int64_t pixels, std::int64_t channels, float* sum,
                              float* square) {
  add_sums_loop(x, shift, pixels, channels, sum, square);
}

CXR_SIMD_CLONES void add_sums(const std::uint16_t* x, const float* shift, std::int64_t pixels, std::int64_t channels, float* sum,
                              float* square) {
  add_sums_loop(x, shift, pixels, channels, sum, square);
}

CXR_SIMD_CLONES void scale_offset(const float* x, const float* scale, const float* offset, std::int64_t pixels,
                                  std::int64_t channels, bool silu, float* y) {
  if (silu) {
    scale_offset_loop<true>(x, scale, offset, pixels, channels, y);
  } else {
    scale_offset_loop<false>(x, scale, offset, pixels, channels, y);
  }
}

CXR_SIMD_CLONES void scale_offset(const std::uint16_t* x, const float* scale, const float* offset, std::int64_t pixels,
                                  std::int64_t channels, bool silu, std::uint16_t* y) {
  if (silu) {
    scale_offset_loop<true>(x, scale, offset, pixels, channels, y);
  } else {
    scale_offset_loop<false>(x, scale, offset, pixels, channels, y);
  }
}

} // namespace cxr::nn::kernels
