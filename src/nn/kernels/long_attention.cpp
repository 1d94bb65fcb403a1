#include "nn/kernels/long_attention.h"

#include <algorithm>
#include <cmath>

#include "nn/kernels/simd.h"

#if defined(__x86_64__)
#include "nn/kernels/attention_blocks.h"

namespace cxr::nn::kernels {
namespace {

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
    for (std::int64_t j = 0; j < count; j += 2) {
#pragma GCC unroll 8
      for (int l = 0; l < kLanes; ++l) {
        const __m512 first = exponential(j, l), second = j + 1 < count ? exponential(j + 1, l) : _mm512_setzero_ps();
        _mm512_storeu_si512(scores + j / 2 * kQueryBlock + l * 16, interleaved(first, second));
      }
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
  }
  store_queries<Kind>(sums, width, out);
}

// log2 Σ 2^(scale · score), of which a gradient makes the shares again.
CXR_AVX512 void write_log_sums(const Softmax& softmax, float scale, std::int64_t count, float* log_sums) {
  for (std::int64_t r = 0; r < count; ++r) {
    alignas(64) float largest[16], sum[16];
    _mm512_store_ps(largest, softmax.largest[r / 16]);
    _mm512_store_ps(sum, softmax.sum[r / 16]);
    log_sums[r] = scale * largest[r % 16] + std::log2(sum[r % 16]);
  }
}

template <typename Kind>
CXR_AVX512 void attend(const HeadRows<const typename Kind::Element>& queries, const Word* packed, std::int64_t keys,
                       std::int64_t width, const HeadRows<typename Kind::Element>& out, float* log_sums,
                       std::vector<Word>& scratch) {
  const auto steps = words<Kind>(width);
  const auto needed = (steps + kKeyBlock + width) * kQueryBlock + 16;
  if (std::ssize(scratch) < needed) scratch.resize(needed);
  auto* q = aligned(scratch);
  auto* scores = reinterpret_cast<float*>(q + steps * kQueryBlock);
  float* sums = scores + kKeyBlock * kQueryBlock; // [width, kQueryBlock]
  pack_queries<Kind>(queries, width, reinterpret_cast<Word*>(sums), q);
  std::fill_n(sums, width * kQueryBlock, 0.0F);

  const Word* values = packed + keys * steps;
  const __m512 scale = _mm512_set1_ps(score_scale(width));
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
  if (log_sums != nullptr) write_log_sums(softmax, score_scale(width), queries.count, log_sums);
}

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
  pack_rows<KindOf<T>>(keys, width, packed);
  pack_columns<KindOf<T>>(values, width, packed + keys.count * words<KindOf<T>>(width), width);
}

template <typename T>
void attend_block(const HeadRows<const T>& queries, const Word* packed, std::int64_t keys, std::int64_t width,
                  const HeadRows<T>& out, float* log_sums, std::vector<Word>& scratch) {
  attend<KindOf<T>>(queries, packed, keys, width, out, log_sums, scratch);
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
void attend_block(const HeadRows<const T>&, const Word*, std::int64_t, std::int64_t, const HeadRows<T>&, float*,
                  std::vector<Word>&) {}

} // namespace cxr::nn::kernels

#endif

namespace cxr::nn::kernels {

template std::int64_t packed_words<float>(std::int64_t, std::int64_t);
template std::int64_t packed_words<std::uint16_t>(std::int64_t, std::int64_t);
template void pack_head(const HeadRows<const float>&, const HeadRows<const float>&, std::int64_t, Word*);
template void pack_head(const HeadRows<const std::uint16_t>&, const HeadRows<const std::uint16_t>&, std::int64_t, Word*);
template void attend_block(const HeadRows<const float>&, const Word*, std::int64_t, std::int64_t, const HeadRows<float>&, float*,
                           std::vector<Word>&);
template void attend_block(const HeadRows<const std::uint16_t>&, const Word*, std::int64_t, std::int64_t,
                           const HeadRows<std::uint16_t>&, float*, std::vector<Word>&);

} // namespace cxr::nn::kernels
