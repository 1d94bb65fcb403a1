/// @file
/// What attention over long sequences and its gradient share: how rows of a head become words that products read. Only for
/// functions that are called where the processor has AVX-512.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstring>
#include <type_traits>

#include "nn/kernels/avx512_words.h"
#include "nn/kernels/long_attention.h"
#include "nn/kernels/simd.h"

namespace cxr::nn::kernels {

inline constexpr int kLanes = kQueryBlock / 16; ///< registers for one number of each query
inline constexpr int kRows = 6;                 ///< keys, or columns of the values, whose sums stay in registers
/// Scores of a block of keys, 24 KiB: half the first cache; even, so that keys pair up.
inline constexpr std::int64_t kKeyBlock = 96;

template <typename T>
using KindOf = std::conditional_t<std::is_same_v<T, float>, Single, Pair>;

/// Scores times this are exponents of 2.
inline float score_scale(std::int64_t width) { return static_cast<float>(M_LOG2E / std::sqrt(static_cast<double>(width))); }

/// bfloat16 words (first[i], second[i]).
CXR_AVX512_INLINE __m512i interleaved(__m512 first, __m512 second) {
  const __m512i pairs = _mm512_set_epi16(31, 15, 30, 14, 29, 13, 28, 12, 27, 11, 26, 10, 25, 9, 24, 8, 23, 7, 22, 6, 21, 5, 20, 4,
                                         19, 3, 18, 2, 17, 1, 16, 0);
  return _mm512_permutexvar_epi16(pairs, reinterpret_cast<__m512i>(_mm512_cvtne2ps_pbh(second, first)));
}

/// Start of the first whole cache line.
inline Word* aligned(std::vector<Word>& words) {
  return reinterpret_cast<Word*>((reinterpret_cast<std::uintptr_t>(words.data()) + 63) / 64 * 64);
}

/// A row as words, an odd last element followed by zero.
template <typename Kind>
void copy_row(const typename Kind::Element* row, std::int64_t width, Word* to) {
  to[words<Kind>(width) - 1] = 0;
  std::memcpy(to, row, width * sizeof(*row));
}

/// [count,width] → [words of width, kQueryBlock], zero past `count`. @param rows scratch of 16 rows
template <typename Kind>
void pack_queries(const HeadRows<const typename Kind::Element>& queries, std::int64_t width, Word* rows, Word* packed) {
  const auto steps = words<Kind>(width);
  for (std::int64_t first = 0; first < kQueryBlock; first += 16) {
    for (std::int64_t r = 0; r < 16; ++r) {
      if (first + r < queries.count) {
        copy_row<Kind>(queries.data + (first + r) * queries.stride, width, rows + r * steps);
      } else {
        std::fill_n(rows + r * steps, steps, Word{0});
      }
    }
    for (std::int64_t i = 0; i < steps; ++i) {
      for (std::int64_t r = 0; r < 16; ++r) packed[i * kQueryBlock + first + r] = rows[r * steps + i];
    }
  }
}

/// [count,width] → [count, words of width].
template <typename Kind>
void pack_rows(const HeadRows<const typename Kind::Element>& rows, std::int64_t width, Word* packed) {
  const auto steps = words<Kind>(width);
  for (std::int64_t j = 0; j < rows.count; ++j) copy_row<Kind>(rows.data + j * rows.stride, width, packed + j * steps);
}

/// [count,width] → [words of count, row_words]: each word has a column's elements of neighbouring rows.
/// @param row_words at least `width`; the words past it stay as they are
template <typename Kind>
void pack_columns(const HeadRows<const typename Kind::Element>& rows, std::int64_t width, Word* to, std::int64_t row_words) {
  for (std::int64_t j = 0; j < rows.count; j += Kind::kPerWord, to += row_words) {
    const auto* row = rows.data + j * rows.stride;
    if constexpr (Kind::kPerWord == 1) {
      std::memcpy(to, row, width * sizeof(Word));
    } else {
      const bool last = j + 1 == rows.count;
      for (std::int64_t c = 0; c < width; ++c) to[c] = row[c] | (last ? Word{0} : Word{row[rows.stride + c]} << 16);
    }
  }
}

/// [width,kQueryBlock] → out [count,width].
template <typename Kind>
void store_queries(const float* sums, std::int64_t width, const HeadRows<typename Kind::Element>& out) {
  for (std::int64_t first = 0; first < out.count; first += 16) {
    for (auto r = first; r < std::min(first + 16, out.count); ++r) {
      for (std::int64_t c = 0; c < width; ++c) store(sums[c * kQueryBlock + r], out.data[r * out.stride + c]);
    }
  }
}

} // namespace cxr::nn::kernels
