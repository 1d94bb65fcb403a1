#include "nn/kernels/long_attention.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <type_traits>

#include "nn/kernels/simd.h"

#if defined(__x86_64__)
#include "nn/kernels/avx512_words.h"

namespace cxr::nn::kernels {
namespace {

constexpr int kLanes = kQueryBlock / 16; // registers for one number of each query
constexpr int kRows = 6;                 // keys, or columns of the values, whose sums stay in registers
constexpr std::int64_t kKeyBlock = 96;   // scores of a block of keys, 24 KiB: half the first cache; even, so that keys pair up

// What a block of queries carries from one block of keys to the next.
struct Softmax {
  __m512 largest[kLanes], sum[kLanes];
};

// Scores of kCount keys; `largest` follows them.
template <typename Kind, int kCount>
CXR_AVX512_INLINE void score_rows(const Word* keys, std::int64_t steps, const Word* queries, float* scores, __m512* largest) {
  __m512 sums[kCount][kLanes] = {};
  accumulate<Kind>(sums, keys, steps, 1, steps, queries);
#pragma GCC unroll 8
  for (int r = 0; r < kCount; ++r) {
#pragma GCC unroll 8
    for (int l = 0; l < kLanes; ++l) {
      _mm512_storeu_ps(scores + r * kQueryBlock + l * 16, sums[r][l]);
      largest[l] = _mm512_max_ps(largest[l], sums[r][l]);
    }
  }
}

// kCount columns of the output: what they were, times `correction`, plus this block's.
template <typename Kind, int kCount>
CXR_AVX512_INLINE void value_columns(const Word* values, std::int64_t width, std::int64_t steps, const Word* shares,
                                     const __m512* correction, float* out) {
  __m512 sums[kCount][kLanes];
#pragma GCC unroll 8
  for (int r = 0; r < kCount; ++r) {
#pragma GCC unroll 8
    for (int l = 0; l < kLanes; ++l) {
      sums[r][l] = _mm512_mul_ps(_mm512_loadu_ps(out + r * kQueryBlock + l * 16), correction[l]);
    }
  }
  accumulate<Kind>(sums, values, 1, width, steps, shares);
#pragma GCC unroll 8
  for (int r = 0; r < kCount; ++r) {
#pragma GCC unroll 8
    for (int l = 0; l < kLanes; ++l) _mm512_storeu_ps(out + r * kQueryBlock + l * 16, sums[r][l]);
  }
}

template <typename Kind, int kCount = kRows>
CXR_AVX512 __attribute__((noinline)) void score_keys(const Word* keys, std::int64_t count, std::int64_t steps, const Word* queries,
                                                     float* scores, __m512* largest) {
  for (; count >= kCount; count -= kCount, keys += kCount * steps, scores += kCount * kQueryBlock) {
    score_rows<Kind, kCount>(keys, steps, queries, scores, largest);
  }
  if constexpr (kCount > 1) {
    if (count > 0) score_keys<Kind, kCount - 1>(keys, count, steps, queries, scores, largest);
  }
}

template <typename Kind, int kCount = kRows>
CXR_AVX512 __attribute__((noinline)) void add_values(const Word* values, std::int64_t columns, std::int64_t width,
                                                     std::int64_t steps, const Word* shares, const __m512* correction, float* out) {
  for (; columns >= kCount; columns -= kCount, values += kCount, out += kCount * kQueryBlock) {
    value_columns<Kind, kCount>(values, width, steps, shares, correction, out);
  }
  if constexpr (kCount > 1) {
    if (columns > 0) add_values<Kind, kCount - 1>(values, columns, width, steps, shares, correction, out);
  }
}

// Scores [count,query] become 2^(scale · (score - largest)), as words, in place; their sums are added up.
template <typename Kind>
CXR_AVX512 void shares_of(float* scores, std::int64_t count, __m512 scale, Softmax& softmax) {
  const auto exponential = [&](std::int64_t row, int l) CXR_AVX512 {
    const __m512 below = _mm512_sub_ps(_mm512_loadu_ps(scores + row * kQueryBlock + l * 16), softmax.largest[l]);
    const __m512 share = exp2<Kind>(_mm512_mul_ps(below, scale));
    softmax.sum[l] = _mm512_add_ps(softmax.sum[l], share);
    return share;
  };
  if constexpr (Kind::kPerWord == 1) {
    for (std::int64_t j = 0; j < count; ++j) {
#pragma GCC unroll 8
      for (int l = 0; l < kLanes; ++l) _mm512_storeu_ps(scores + j * kQueryBlock + l * 16, exponential(j, l));
    }
  } else {
    const __m512i pairs = _mm512_set_epi16(31, 15, 30, 14, 29, 13, 28, 12, 27, 11, 26, 10, 25, 9, 24, 8, 23, 7, 22, 6, 21, 5, 20, 4,
                                           19, 3, 18, 2, 17, 1, 16, 0);
    for (std::int64_t j = 0; j < count; j += 2) {
#pragma GCC unroll 8
      for (int l = 0; l < kLanes; ++l) {
        const __m512 first = exponential(j, l), second = j + 1 < count ? exponential(j + 1, l) : _mm512_setzero_ps();
        const auto halves = reinterpret_cast<__m512i>(_mm512_cvtne2ps_pbh(second, first));
        _mm512_storeu_si512(scores + j / 2 * kQueryBlock + l * 16, _mm512_permutexvar_epi16(pairs, halves));
      }
    }
  }
}

// Rows as words, an odd last element followed by zero.
template <typename Kind>
void copy_row(const typename Kind::Element* row, std::int64_t width, Word* to) {
  to[words<Kind>(width) - 1] = 0;
  std::memcpy(to, row, width * sizeof(*row));
}

// [count,width] → [words of width, kQueryBlock], zero past `count`.
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

template <typename Kind>
CXR_AVX512 void write_rows(float* sums, const Softmax& softmax, std::int64_t width, const HeadRows<typename Kind::Element>& out) {
  for (int l = 0; l < kLanes; ++l) {
    const __m512 share = _mm512_div_ps(_mm512_set1_ps(1.0F), softmax.sum[l]);
    for (std::int64_t c = 0; c < width; ++c) {
      float* at = sums + c * kQueryBlock + l * 16;
      _mm512_storeu_ps(at, _mm512_mul_ps(_mm512_loadu_ps(at), share));
    }
    const auto first = std::int64_t{l} * 16;
    for (auto r = first; r < std::min(first + 16, out.count); ++r) {
      for (std::int64_t c = 0; c < width; ++c) store(sums[c * kQueryBlock + r], out.data[r * out.stride + c]);
    }
  }
}

template <typename Kind>
CXR_AVX512 void attend(const HeadRows<const typename Kind::Element>& queries, const Word* packed, std::int64_t keys,
                       std::int64_t width, const HeadRows<typename Kind::Element>& out, std::vector<Word>& scratch) {
  const auto steps = words<Kind>(width);
  const auto needed = (steps + kKeyBlock + width) * kQueryBlock + 16;
  if (std::ssize(scratch) < needed) scratch.resize(needed);
  auto* q = reinterpret_cast<Word*>((reinterpret_cast<std::uintptr_t>(scratch.data()) + 63) / 64 * 64); // whole cache lines
  auto* scores = reinterpret_cast<float*>(q + steps * kQueryBlock);
  float* sums = scores + kKeyBlock * kQueryBlock; // [width, kQueryBlock]
  pack_queries<Kind>(queries, width, reinterpret_cast<Word*>(sums), q);
  std::fill_n(sums, width * kQueryBlock, 0.0F);

  const Word* values = packed + keys * steps;
  const __m512 scale = _mm512_set1_ps(static_cast<float>(M_LOG2E / std::sqrt(static_cast<double>(width))));
  Softmax softmax;
  for (int l = 0; l < kLanes; ++l) softmax.largest[l] = _mm512_set1_ps(-INFINITY), softmax.sum[l] = _mm512_setzero_ps();
  for (std::int64_t first = 0; first < keys; first += kKeyBlock) {
    const auto count = std::min(kKeyBlock, keys - first);
    __m512 correction[kLanes];
    for (int l = 0; l < kLanes; ++l) correction[l] = softmax.largest[l];
    score_keys<Kind>(packed + first * steps, count, steps, q, scores, softmax.largest);
    for (int l = 0; l < kLanes; ++l) {
      // The first block's is 2^-infinity, which the polynomial does not know.
      const __m512 change = _mm512_mul_ps(_mm512_sub_ps(correction[l], softmax.largest[l]), scale);
      correction[l] = exp2<Kind>(_mm512_max_ps(change, _mm512_set1_ps(-200.0F)));
      softmax.sum[l] = _mm512_mul_ps(softmax.sum[l], correction[l]);
    }
    shares_of<Kind>(scores, count, scale, softmax);
    add_values<Kind>(values + first / Kind::kPerWord * width, width, width, words<Kind>(count),
                     reinterpret_cast<const Word*>(scores), correction, sums);
  }
  write_rows<Kind>(sums, softmax, width, out);
}

template <typename Kind>
void pack(const HeadRows<const typename Kind::Element>& keys, const HeadRows<const typename Kind::Element>& values,
          std::int64_t width, Word* packed) {
  const auto steps = words<Kind>(width);
  for (std::int64_t j = 0; j < keys.count; ++j) copy_row<Kind>(keys.data + j * keys.stride, width, packed + j * steps);
  Word* to = packed + keys.count * steps;
  for (std::int64_t j = 0; j < values.count; j += Kind::kPerWord, to += width) {
    const auto* row = values.data + j * values.stride;
    if constexpr (Kind::kPerWord == 1) {
      std::memcpy(to, row, width * sizeof(Word));
    } else {
      const bool last = j + 1 == values.count;
      for (std::int64_t c = 0; c < width; ++c) to[c] = row[c] | (last ? Word{0} : Word{row[values.stride + c]} << 16);
    }
  }
}

template <typename T>
using KindOf = std::conditional_t<std::is_same_v<T, float>, Single, Pair>;

} // namespace

bool has_long_attention(bool bfloat16) {
  static const bool has_float32 =
      __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
  static const bool has_bfloat16 = has_float32 && __builtin_cpu_supports("avx512bf16");
  return bfloat16 ? has_bfloat16 : has_float32;
}

template <typename T>
std::int64_t packed_words(std::int64_t count, std::int64_t width) {
  return count * words<KindOf<T>>(width) + words<KindOf<T>>(count) * width;
}

template <typename T>
void pack_head(const HeadRows<const T>& keys, const HeadRows<const T>& values, std::int64_t width, Word* packed) {
  pack<KindOf<T>>(keys, values, width, packed);
}

template <typename T>
void attend_block(const HeadRows<const T>& queries, const Word* packed, std::int64_t keys, std::int64_t width,
                  const HeadRows<T>& out, std::vector<Word>& scratch) {
  attend<KindOf<T>>(queries, packed, keys, width, out, scratch);
}

} // namespace cxr::nn::kernels

#else

namespace cxr::nn::kernels {

bool has_long_attention(bool) { return false; } // so that nobody calls the others

template <typename T>
std::int64_t packed_words(std::int64_t, std::int64_t) {
  return 0;
}

template <typename T>
void pack_head(const HeadRows<const T>&, const HeadRows<const T>&, std::int64_t, Word*) {}

template <typename T>
void attend_block(const HeadRows<const T>&, const Word*, std::int64_t, std::int64_t, const HeadRows<T>&, std::vector<Word>&) {}

} // namespace cxr::nn::kernels

#endif

namespace cxr::nn::kernels {

template std::int64_t packed_words<float>(std::int64_t, std::int64_t);
template std::int64_t packed_words<std::uint16_t>(std::int64_t, std::int64_t);
template void pack_head(const HeadRows<const float>&, const HeadRows<const float>&, std::int64_t, Word*);
template void pack_head(const HeadRows<const std::uint16_t>&, const HeadRows<const std::uint16_t>&, std::int64_t, Word*);
template void attend_block(const HeadRows<const float>&, const Word*, std::int64_t, std::int64_t, const HeadRows<float>&,
                           std::vector<Word>&);
template void attend_block(const HeadRows<const std::uint16_t>&, const Word*, std::int64_t, std::int64_t,
                           const HeadRows<std::uint16_t>&, std::vector<Word>&);

} // namespace cxr::nn::kernels
