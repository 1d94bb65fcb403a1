/// @file
/// What the hand-written CPU loops share.
#pragma once

#include <bit>
#include <cstdint>

#include "core/simd.h"

namespace cxr::nn::kernels {

/// exp(x) to 2 units in the last place for x in [-87, 88], clamped outside (Cephes' polynomial); no branches, so it vectorises.
CXR_SIMD_INLINE float exp(float x) {
  x = x < -87.0f ? -87.0f : x;
  x = x > 88.0f ? 88.0f : x;
  constexpr float kToInteger = 12582912.0f; // 1.5 · 2^23: adding it leaves an integer in the low bits
  const float shifted = x * 1.44269504f + kToInteger;
  const float n = shifted - kToInteger;
  const float r = (x - n * 0.693359375f) + n * 2.12194440e-4f; // x - n ln 2 in two parts
  float p = 1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  const float e = p * r * r + r + 1.0f;
  return e * std::bit_cast<float>((std::bit_cast<std::int32_t>(shifted) << 23) + (127 << 23));
}

/// x · sigmoid(x)
CXR_SIMD_INLINE float silu(float x) { return x / (1.0f + exp(-x)); }

/// float32 and bfloat16 (as its bits) alike.
CXR_SIMD_INLINE float load(float x) { return x; }
CXR_SIMD_INLINE float load(std::uint16_t x) { return std::bit_cast<float>(std::uint32_t{x} << 16); }
CXR_SIMD_INLINE void store(float value, float& out) { out = value; }
/// Rounds to nearest even.
CXR_SIMD_INLINE void store(float value, std::uint16_t& out) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  out = static_cast<std::uint16_t>((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
}

} // namespace cxr::nn::kernels
