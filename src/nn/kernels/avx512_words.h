/// @file
/// Arithmetic of AVX-512 on 32-bit words, a float32 or two bfloat16 each: one code for both types. Only for functions that are
/// called where the processor has the instructions.
#pragma once

#include <immintrin.h>

#include <cstdint>

// GCC 12 warns of the lanes that its own header leaves undefined.
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"

#define CXR_AVX512 __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512bf16")))
#define CXR_AVX512_INLINE inline __attribute__((always_inline)) CXR_AVX512

namespace cxr::nn::kernels {

/// A word is one float32.
struct Single {
  using Element = float;
  static constexpr std::int64_t kPerWord = 1;
  CXR_AVX512_INLINE static __m512 add_product(__m512 sum, __m512i a, __m512i b) {
    return _mm512_fmadd_ps(_mm512_castsi512_ps(a), _mm512_castsi512_ps(b), sum);
  }
  /// 2^r for r in [-0.5, 0.5] to 7e-8
  CXR_AVX512_INLINE static __m512 power(__m512 r) {
    __m512 p = _mm512_fmadd_ps(_mm512_set1_ps(1.3276472146e-03F), r, _mm512_set1_ps(9.6755416623e-03F));
    p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(5.5507132759e-02F));
    p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(2.4022119718e-01F));
    p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(6.9314696706e-01F));
    return _mm512_fmadd_ps(p, r, _mm512_set1_ps(1.0F));
  }
};

/// A word is two bfloat16, whose products are added up at once.
struct Pair {
  using Element = std::uint16_t;
  static constexpr std::int64_t kPerWord = 2;
  CXR_AVX512_INLINE static __m512 add_product(__m512 sum, __m512i a, __m512i b) {
    return _mm512_dpbf16_ps(sum, reinterpret_cast<__m512bh>(a), reinterpret_cast<__m512bh>(b));
  }
  /// to 8e-5, a twentieth of what rounding to bfloat16 costs
  CXR_AVX512_INLINE static __m512 power(__m512 r) {
    __m512 p = _mm512_fmadd_ps(_mm512_set1_ps(5.5171670354e-02F), r, _mm512_set1_ps(2.4261114310e-01F));
    p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(6.9326098704e-01F));
    return _mm512_fmadd_ps(p, r, _mm512_set1_ps(9.9992807230e-01F));
  }
};

/// Words that hold so many elements.
template <typename Kind>
constexpr std::int64_t words(std::int64_t elements) {
  return (elements + Kind::kPerWord - 1) / Kind::kPerWord;
}

/// 2^x for x of at most 127, 0 where that is too small for a float32.
template <typename Kind>
CXR_AVX512_INLINE __m512 exp2(__m512 x) {
  const __m512 n = _mm512_roundscale_ps(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
  return _mm512_scalef_ps(Kind::power(_mm512_sub_ps(x, n)), n);
}

/// sums[r][j] += Σ_i rows[r · row_stride + i · step_stride] · lanes[i][j], j over kLanes registers: a product of matrices whose
/// sums stay in registers.
template <typename Kind, int kCount, int kLanes>
CXR_AVX512_INLINE void accumulate(__m512 (&sums)[kCount][kLanes], const std::uint32_t* rows, std::int64_t row_stride,
                                  std::int64_t step_stride, std::int64_t steps, const std::uint32_t* lanes) {
  for (std::int64_t i = 0; i < steps; ++i, rows += step_stride, lanes += kLanes * 16) {
    __m512i lane[kLanes];
#pragma GCC unroll 8
    for (int l = 0; l < kLanes; ++l) lane[l] = _mm512_loadu_si512(lanes + l * 16);
#pragma GCC unroll 8
    for (int r = 0; r < kCount; ++r) {
      const __m512i row = _mm512_set1_epi32(static_cast<int>(rows[r * row_stride]));
#pragma GCC unroll 8
      for (int l = 0; l < kLanes; ++l) sums[r][l] = Kind::add_product(sums[r][l], lane[l], row);
    }
  }
}

} // namespace cxr::nn::kernels
