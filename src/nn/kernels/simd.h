/// @file
/// What the hand-written CPU loops share. They are plain loops that the compiler vectorises, cloned for AVX-512, AVX2 and the
/// baseline and picked when the program starts, so one binary runs at full speed on each.
#pragma once

#include <bit>
#include <cstdint>

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__)
#define CXR_SIMD_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define CXR_SIMD_CLONES
#endif
#define CXR_SIMD_INLINE inline __attribute__((always_inline))

namespace cxr::nn::kernels {

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
