#include "nn/kernels/columns.h"

#include <algorithm>
#include <vector>

#include "nn/kernels/simd.h"

namespace cxr::nn::kernels {
namespace {

template <typename T>
void to_columns_loop(const T* image, const Window& w, std::int64_t first, std::int64_t last, T* columns) {
  const auto taps = w.taps();
  for (auto pixel = first; pixel < last; ++pixel) {
    auto* to = columns + pixel * w.channels * taps;
    const auto top = pixel / w.out_width * w.row_stride - w.row_padding;
    const auto left = pixel % w.out_width * w.column_stride - w.column_padding;
    for (std::int64_t tap = 0; tap < taps; ++tap) {
      const auto y = top + tap / w.kernel_width, x = left + tap % w.kernel_width;
      if (y < 0 || y >= w.height || x < 0 || x >= w.width) {
        for (std::int64_t c = 0; c < w.channels; ++c) to[c * taps + tap] = T{0};
        continue;
      }
      const auto* from = image + (y * w.width + x) * w.channels;
      for (std::int64_t c = 0; c < w.channels; ++c) to[c * taps + tap] = from[c];
    }
  }
}

template <typename T>
void from_columns_loop(const T* columns, const Window& w, std::int64_t first, std::int64_t last, T* image) {
  const auto taps = w.taps();
  std::vector<float> sums(w.channels);
  for (auto pixel = first; pixel < last; ++pixel) {
    const auto y = pixel / w.width + w.row_padding, x = pixel % w.width + w.column_padding;
    std::fill(sums.begin(), sums.end(), 0.0F);
    for (std::int64_t tap = 0; tap < taps; ++tap) {
      const auto below = y - tap / w.kernel_width, right = x - tap % w.kernel_width; // the output pixel times the stride
      if (below < 0 || right < 0 || below % w.row_stride != 0 || right % w.column_stride != 0) continue;
      const auto row = below / w.row_stride, column = right / w.column_stride;
      if (row >= w.out_height || column >= w.out_width) continue;
      const auto* from = columns + (row * w.out_width + column) * w.channels * taps + tap;
      for (std::int64_t c = 0; c < w.channels; ++c) sums[c] += load(from[c * taps]);
    }
    for (std::int64_t c = 0; c < w.channels; ++c) store(sums[c], image[pixel * w.channels + c]);
  }
}

} // namespace

void to_columns(const float* image, const Window& window, std::int64_t first, std::int64_t last, float* columns) {
  to_columns_loop(image, window, first, last, columns);
}

void to_columns(const std::uint16_t* image, const Window& window, std::int64_t first, std::int64_t last, std::uint16_t* columns) {
  to_columns_loop(image, window, first, last, columns);
}

void from_columns(const float* columns, const Window& window, std::int64_t first, std::int64_t last, float* image) {
  from_columns_loop(columns, window, first, last, image);
}

void from_columns(const std::uint16_t* columns, const Window& window, std::int64_t first, std::int64_t last, std::uint16_t* image) {
  from_columns_loop(columns, window, first, last, image);
}

} // namespace cxr::nn::kernels
