#include "nn/kernels/group_norm_gradient.h"

#include "nn/kernels/simd.h"

namespace cxr::nn::kernels {
namespace {

// dy times the slope of SiLU at z.
template <bool kSilu>
CXR_SIMD_INLINE float before_activation(float dy, float z) {
  if constexpr (!kSilu) return dy;
  const float share = 1.0F / (1.0F + exp(-z));
  return dy * share * (1.0F + z * (1.0F - share));
}

template <bool kSilu, typename T>
CXR_SIMD_INLINE void sums_loop(const T* x, const T* dy, const Norm& norm, std::int64_t pixels, std::int64_t channels, float* sums) {
  const float *mean = norm.mean, *rstd = norm.rstd, *weight = norm.weight, *bias = norm.bias;
  float* along = sums + channels;
  for (std::int64_t p = 0; p < pixels; ++p, x += channels, dy += channels) {
#pragma omp simd
    for (std::int64_t c = 0; c < channels; ++c) {
      const float normal = (load(x[c]) - mean[c]) * rstd[c];
      const float dz = before_activation<kSilu>(load(dy[c]), normal * weight[c] + bias[c]);
      sums[c] += dz;
      along[c] += dz * normal;
    }
  }
}

template <bool kSilu, typename T>
CXR_SIMD_INLINE void gradient_loop(const T* x, const T* dy, const Norm& norm, const float* shift, const float* slope,
                                   std::int64_t pixels, std::int64_t channels, T* dx) {
  const float *mean = norm.mean, *rstd = norm.rstd, *weight = norm.weight, *bias = norm.bias;
  for (std::int64_t p = 0; p < pixels; ++p, x += channels, dy += channels, dx += channels) {
#pragma omp simd
    for (std::int64_t c = 0; c < channels; ++c) {
      const float normal = (load(x[c]) - mean[c]) * rstd[c];
      const float dz = before_activation<kSilu>(load(dy[c]), normal * weight[c] + bias[c]);
      store(rstd[c] * weight[c] * dz + shift[c] + slope[c] * normal, dx[c]);
    }
  }
}

} // namespace

CXR_SIMD_CLONES void add_gradient_sums(const float* x, const float* dy, const Norm& norm, std::int64_t pixels,
                                       std::int64_t channels, bool silu, float* sums) {
  silu ? sums_loop<true>(x, dy, norm, pixels, channels, sums) : sums_loop<false>(x, dy, norm, pixels, channels, sums);
}

CXR_SIMD_CLONES void add_gradient_sums(const std::uint16_t* x, const std::uint16_t* dy, const Norm& norm, std::int64_t pixels,
                                       std::int64_t channels, bool silu, float* sums) {
  silu ? sums_loop<true>(x, dy, norm, pixels, channels, sums) : sums_loop<false>(x, dy, norm, pixels, channels, sums);
}

CXR_SIMD_CLONES void input_gradient(const float* x, const float* dy, const Norm& norm, const float* shift, const float* slope,
                                    std::int64_t pixels, std::int64_t channels, bool silu, float* dx) {
  silu ? gradient_loop<true>(x, dy, norm, shift, slope, pixels, channels, dx)
       : gradient_loop<false>(x, dy, norm, shift, slope, pixels, channels, dx);
}

CXR_SIMD_CLONES void input_gradient(const std::uint16_t* x, const std::uint16_t* dy, const Norm& norm, const float* shift,
                                    const float* slope, std::int64_t pixels, std::int64_t channels, bool silu, std::uint16_t* dx) {
  silu ? gradient_loop<true>(x, dy, norm, shift, slope, pixels, channels, dx)
       : gradient_loop<false>(x, dy, norm, shift, slope, pixels, channels, dx);
}

} // namespace cxr::nn::kernels
