#include "nn/kernels/token_attention.h"

#include <algorithm>
#include <cmath>

#include "nn/kernels/simd.h"

namespace cxr::nn::kernels {
namespace {

constexpr std::int64_t kLane = 16; // floats of the widest register
constexpr int kRows = 6;           // queries whose sums are kept in registers, two registers each

using Lane = float __attribute__((vector_size(kLane * sizeof(float)), aligned(alignof(float)), may_alias));

constexpr std::int64_t padded(std::int64_t n) { return (n + kLane - 1) / kLane * kLane; }

// c [rows, kLanes·16] = a [rows,n] · b [n, kLanes·16]
template <int kLanes>
CXR_SIMD_INLINE void multiply(int rows, const float* a, std::int64_t a_stride, const float* b, std::int64_t b_stride,
                              std::int64_t n, float* c, std::int64_t c_stride) {
  Lane sums[kRows][kLanes] = {};
  const float* row[kRows];
  for (int r = 0; r < kRows; ++r) row[r] = a + std::min(r, rows - 1) * a_stride; // rows past the end repeat the last
  for (std::int64_t i = 0; i < n; ++i, b += b_stride) {
    for (int l = 0; l < kLanes; ++l) {
      const Lane right = *reinterpret_cast<const Lane*>(b + l * kLane);
      for (int r = 0; r < kRows; ++r) sums[r][l] += row[r][i] * right;
    }
  }
  for (int r = 0; r < kRows; ++r) {
    if (r >= rows) break;
    for (int l = 0; l < kLanes; ++l) *reinterpret_cast<Lane*>(c + r * c_stride + l * kLane) = sums[r][l];
  }
}

// The same for `columns`, a multiple of 16.
CXR_SIMD_INLINE void multiply_all(int rows, const float* a, std::int64_t a_stride, const float* b, std::int64_t b_stride,
                                  std::int64_t n, std::int64_t columns, float* c, std::int64_t c_stride) {
  std::int64_t j = 0;
  for (; j + 2 * kLane <= columns; j += 2 * kLane) multiply<2>(rows, a, a_stride, b + j, b_stride, n, c + j, c_stride);
  if (j < columns) multiply<1>(rows, a, a_stride, b + j, b_stride, n, c + j, c_stride);
}

// The first `n` scores become exponentials, the rest of the row, up to `columns`, zero. Returns their sum.
CXR_SIMD_INLINE float exponentials(float* scores, std::int64_t n, std::int64_t columns) {
  float largest = scores[0], sum = 0;
#pragma omp simd reduction(max : largest)
  for (std::int64_t j = 0; j < n; ++j) largest = scores[j] > largest ? scores[j] : largest;
#pragma omp simd reduction(+ : sum)
  for (std::int64_t j = 0; j < n; ++j) sum += scores[j] = exp(scores[j] - largest);
  for (std::int64_t j = n; j < columns; ++j) scores[j] = 0;
  return sum;
}

// Queries scaled, keys as columns, values as rows: contiguous float32, padded with zeros to whole registers.
struct Packed {
  float *q, *k, *v;     // [L,d], [d,columns], [L,width]
  float *scores, *sums; // [kRows,columns], [kRows,width]
  std::int64_t columns, width;
};

template <typename T>
CXR_SIMD_INLINE Packed pack(const AttentionHead<T>& head, std::vector<float>& scratch) {
  const auto length = head.tokens, d = head.width, columns = padded(length), width = padded(d);
  const auto floats = length * d + d * columns + length * width + kRows * (columns + width);
  if (std::ssize(scratch) < floats) scratch.resize(floats);
  Packed p{.columns = columns, .width = width};
  p.q = scratch.data(), p.k = p.q + length * d, p.v = p.k + d * columns;
  p.scores = p.v + length * width, p.sums = p.scores + kRows * columns;
  const float scale = 1 / std::sqrt(static_cast<float>(d));
  for (std::int64_t i = 0; i < length; ++i) {
    const T *q = head.q + i * head.stride, *k = head.k + i * head.stride, *v = head.v + i * head.stride;
#pragma omp simd
    for (std::int64_t c = 0; c < d; ++c) p.q[i * d + c] = load(q[c]) * scale;
    for (std::int64_t c = 0; c < d; ++c) p.k[c * columns + i] = load(k[c]);
#pragma omp simd
    for (std::int64_t c = 0; c < d; ++c) p.v[i * width + c] = load(v[c]);
    for (std::int64_t c = d; c < width; ++c) p.v[i * width + c] = 0;
  }
  for (std::int64_t c = 0; c < d; ++c) std::fill(p.k + c * columns + length, p.k + (c + 1) * columns, 0.0F);
  return p;
}

template <typename T>
CXR_SIMD_INLINE void attend_all(const AttentionHead<T>& head, std::vector<float>& scratch) {
  const auto p = pack(head, scratch);
  const auto length = head.tokens, d = head.width;
  for (std::int64_t first = 0; first < length; first += kRows) {
    const int rows = static_cast<int>(std::min<std::int64_t>(kRows, length - first));
    const auto seen = head.causal ? first + rows : length; // keys that any of these queries attends to
    const auto columns = padded(seen);
    multiply_all(rows, p.q + first * d, d, p.k, p.columns, d, columns, p.scores, p.columns);
    float share[kRows];
    for (int r = 0; r < rows; ++r) {
      share[r] = 1 / exponentials(p.scores + r * p.columns, head.causal ? first + r + 1 : length, columns);
    }
    multiply_all(rows, p.scores, p.columns, p.v, p.width, seen, p.width, p.sums, p.width);
    for (int r = 0; r < rows; ++r) {
      T* out = head.out + (first + r) * head.out_stride;
#pragma omp simd
      for (std::int64_t c = 0; c < d; ++c) store(p.sums[r * p.width + c] * share[r], out[c]);
    }
  }
}

} // namespace

CXR_SIMD_CLONES void attend(const AttentionHead<float>& head, std::vector<float>& scratch) { attend_all(head, scratch); }

CXR_SIMD_CLONES void attend(const AttentionHead<std::uint16_t>& head, std::vector<float>& scratch) { attend_all(head, scratch); }

} // namespace cxr::nn::kernels
