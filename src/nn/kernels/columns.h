/// @file
/// Convolutions of small images as products of matrices: the pixels under each output pixel as a row (im2col), and back. Rows are
/// in the order of a weight's [C,kH,kW], so weights and their gradients stay as they lie; oneDNN would copy a weight of 60 MB into
/// an order of its own for an image of 64 pixels. Images are channels last; bfloat16 as its bits.
#pragma once

#include <cstdint>

namespace cxr::nn::kernels {

/// A convolution over one image.
struct Window {
  std::int64_t channels, height, width; ///< of the image
  std::int64_t out_height, out_width;   ///< of the result
  std::int64_t kernel_height, kernel_width;
  std::int64_t row_stride, column_stride;
  std::int64_t row_padding, column_padding; ///< zeros

  std::int64_t taps() const { return kernel_height * kernel_width; }
};

/// Rows [first,last) of columns [out_height·out_width, C·taps]. @param image [H,W,C]
void to_columns(const float* image, const Window& window, std::int64_t first, std::int64_t last, float* columns);
void to_columns(const std::uint16_t* image, const Window& window, std::int64_t first, std::int64_t last, std::uint16_t* columns);

/// Pixels [first,last) of the image whose every element is the sum of the columns' elements that to_columns() took from it.
void from_columns(const float* columns, const Window& window, std::int64_t first, std::int64_t last, float* image);
void from_columns(const std::uint16_t* columns, const Window& window, std::int64_t first, std::int64_t last, std::uint16_t* image);

} // namespace cxr::nn::kernels
