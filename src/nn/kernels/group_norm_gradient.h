/// @file
/// The two loops of group normalisation's gradient over channels-last images, for float32 and for bfloat16 (as its bits).
#pragma once

#include <cstdint>

namespace cxr::nn::kernels {

/// z = weight · (x - mean) · rstd + bias, a number a channel each; y = z or silu(z).
struct Norm {
  const float *mean, *rstd, *weight, *bias;
};

/// sums[c] += Σ dz and sums[channels + c] += Σ dz · (x - mean) · rstd over `pixels` pixels.
void add_gradient_sums(const float* x, const float* dy, const Norm& norm, std::int64_t pixels, std::int64_t channels, bool silu,
                       float* sums);
void add_gradient_sums(const std::uint16_t* x, const std::uint16_t* dy, const Norm& norm, std::int64_t pixels,
                       std::int64_t channels, bool silu, float* sums);

/// dx = rstd · weight · dz + shift + slope · (x - mean) · rstd.
void input_gradient(const float* x, const float* dy, const Norm& norm, const float* shift, const float* slope, std::int64_t pixels,
                    std::int64_t channels, bool silu, float* dx);
void input_gradient(const std::uint16_t* x, const std::uint16_t* dy, const Norm& norm, const float* shift, const float* slope,
                    std::int64_t pixels, std::int64_t channels, bool silu, std::uint16_t* dx);

} // namespace cxr::nn::kernels
