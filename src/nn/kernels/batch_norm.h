/// @file
/// The loop of a frozen batch normalisation with its ReLU, for float32 and for bfloat16 (as its bits).
#pragma once

#include <cstdint>

namespace cxr::nn::kernels {

/// y = max(x · scale + offset, 0) per channel, over `pixels` pixels that lie `stride` elements apart in x and `channels` apart in
/// y.
void scale_offset_relu(const float* x, std::int64_t stride, const float* scale, const float* offset, std::int64_t pixels,
                       std::int64_t channels, float* y);
void scale_offset_relu(const std::uint16_t* x, std::int64_t stride, const float* scale, const float* offset, std::int64_t pixels,
                       std::int64_t channels, std::uint16_t* y);

} // namespace cxr::nn::kernels
