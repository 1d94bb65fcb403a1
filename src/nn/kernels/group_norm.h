/// @file
/// The two loops of group normalisation over channels-last images, for float32 and for bfloat16 (as its bits).
#pragma once

#include <cstdint>

namespace cxr::nn::kernels {

/// Per channel: sum += Σ (x - shift) and square += Σ (x - shift)² over `pixels` pixels of `channels` channels. The shift, one
/// pixel's value, keeps the squares from cancelling where the mean is large.
void add_sums(const float* x, const float* shift, std::int64_t pixels, std::int64_t channels, float* sum, float* square);
void add_sums(const std::uint16_t* x, const float* shift, std::int64_t pixels, std::int64_t channels, float* sum, float* square);

/// y = x · scale + offset per channel, followed by SiLU if asked.
void scale_offset(const float* x, const float* scale, const float* offset, std::int64_t pixels, std::int64_t channels, bool silu,
                  float* y);
void scale_offset(const std::uint16_t* x, const float* scale, const float* offset, std::int64_t pixels, std::int64_t channels,
                  bool silu, std::uint16_t* y);

} // namespace cxr::nn::kernels
