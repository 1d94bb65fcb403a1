#include "nn/kernels/geglu.h"

#include "nn/kernels/simd.h"

namespace cxr::nn::kernels {
namespace {

// To a unit in the last place: an odd polynomial near 0, 1 minus the exponential of one beyond.
CXR_SIMD_INLINE float erf(float x) {
  const float t = x < 0 ? -x : x, s = x * x;
  float near = -5.96761703e-4F;
  near = near * s + 4.99119423e-3F;
  near = near * s - 2.67681349e-2F;
  near = near * s + 1.12819925e-1F;
  near = near * s - 3.76125336e-1F;
  near = near * s + 1.28379166e-1F;
  float beyond = -1.72853470e-5F * t + 3.83197126e-4F;
  beyond = beyond * s + (-3.88396438e-3F * t + 2.42546219e-2F);
  beyond = beyond * t - 1.06777877e-1F;
  beyond = beyond * t - 6.34846687e-1F;
  beyond = beyond * t - 1.28717512e-1F;
  const float far = 1.0F - exp(beyond * t - t);
  return t > 0.927734375F ? (x < 0 ? -far : far) : near * x + x;
}

struct Gelu {
  float share; // Φ(x), the normal distribution: gelu(x) = x · Φ(x)
  float slope; // of gelu: Φ(x) + x · φ(x)
};

CXR_SIMD_INLINE Gelu gelu(float x) {
  constexpr float kRootHalf = 0.70710678F, kRootTwoPi = 0.39894228F; // √½, 1 / √(2π)
  const float share = 0.5F + 0.5F * erf(x * kRootHalf);
  return {share, share + x * kRootTwoPi * exp(-0.5F * x * x)};
}

template <typename T>
CXR_SIMD_INLINE void geglu_loop(const T* x, std::int64_t rows, std::int64_t width, T* y) {
  for (std::int64_t r = 0; r < rows; ++r, x += 2 * width, y += width) {
#pragma omp simd
    for (std::int64_t c = 0; c < width; ++c) {
      const float gate = load(x[width + c]);
      store(load(x[c]) * gate * gelu(gate).share, y[c]);
    }
  }
}

template <typename T>
CXR_SIMD_INLINE void gradient_loop(const T* x, const T* dy, std::int64_t rows, std::int64_t width, T* dx) {
  for (std::int64_t r = 0; r < rows; ++r, x += 2 * width, dy += width, dx += 2 * width) {
#pragma omp simd
    for (std::int64_t c = 0; c < width; ++c) {
      const float gate = load(x[width + c]), value = load(x[c]), d = load(dy[c]);
      const Gelu g = gelu(gate);
      store(d * gate * g.share, dx[c]);
      store(d * value * g.slope, dx[width + c]);
    }
  }
}

} // namespace

CXR_SIMD_CLONES void geglu(const float* x, std::int64_t rows, std::int64_t width, float* y) { geglu_loop(x, rows, width, y); }

CXR_SIMD_CLONES void geglu(const std::uint16_t* x, std::int64_t rows, std::int64_t width, std::uint16_t* y) {
  geglu_loop(x, rows, width, y);
}

CXR_SIMD_CLONES void geglu_gradient(const float* x, const float* dy, std::int64_t rows, std::int64_t width, float* dx) {
  gradient_loop(x, dy, rows, width, dx);
}

CXR_SIMD_CLONES void geglu_gradient(const std::uint16_t* x, const std::uint16_t* dy, std::int64_t rows, std::int64_t width,
                                    std::uint16_t* dx) {
  gradient_loop(x, dy, rows, width, dx);
}

} // namespace cxr::nn::kernels
