/// @file
/// The gate of a feed-forward layer, value · gelu(gate), and its gradient, for float32 and for bfloat16 (as its bits).
#pragma once

#include <cstdint>

namespace cxr::nn::kernels {

/// @param x [rows,2·width]: values, then gates  @param y [rows,width]
void geglu(const float* x, std::int64_t rows, std::int64_t width, float* y);
void geglu(const std::uint16_t* x, std::int64_t rows, std::int64_t width, std::uint16_t* y);

/// @param dy [rows,width]  @param dx [rows,2·width]
void geglu_gradient(const float* x, const float* dy, std::int64_t rows, std::int64_t width, float* dx);
void geglu_gradient(const std::uint16_t* x, const std::uint16_t* dy, std::int64_t rows, std::int64_t width, std::uint16_t* dx);

} // namespace cxr::nn::kernels
