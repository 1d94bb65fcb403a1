/// @file
/// How the hand-written CPU loops are compiled. They are plain loops that the compiler vectorises, cloned for AVX-512, AVX2 and the
/// baseline and picked when the program starts, so one binary runs at full speed on each.
#pragma once

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__)
#define CXR_SIMD_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define CXR_SIMD_CLONES
#endif
#define CXR_SIMD_INLINE inline __attribute__((always_inline))
