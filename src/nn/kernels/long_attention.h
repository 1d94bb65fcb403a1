/// @file
/// Attention over long sequences on processors with AVX-512: a block of queries of one head passes over all keys once, and its
/// scores never leave the first cache (Dao et al. 2022). float32, and bfloat16 (as its bits) through the processor's dot products.
#pragma once

#include <cstdint>
#include <vector>

namespace cxr::nn::kernels {

/// Queries that one call takes at most. Each has its own place in the registers, so that a softmax needs no sum across one and a
/// head of 40 no padding.
inline constexpr std::int64_t kQueryBlock = 64;

/// Whether this processor has the instructions, for bfloat16 or for float32.
bool has_long_attention(bool bfloat16);

/// The rows of one head within a tensor.
template <typename T>
struct HeadRows {
  T* data;             ///< [count,width]
  std::int64_t count;  ///< queries or keys
  std::int64_t stride; ///< elements between rows
};

/// A float32, or two bfloat16 that a dot product takes at once.
using Word = std::uint32_t;

/// The words that pack_head() writes for `count` keys of `width` numbers.
template <typename T>
std::int64_t packed_words(std::int64_t count, std::int64_t width);

/// Keys and values, close together, in the order in which attend_block() reads them. @param packed as many words as packed_words()
template <typename T>
void pack_head(const HeadRows<const T>& keys, const HeadRows<const T>& values, std::int64_t width, Word* packed);

/// softmax(q kᵀ / √d) v. @param queries at most kQueryBlock  @param packed what pack_head() made of `keys` keys
/// @param out as many rows as queries  @param log_sums log2 Σ 2^(log2(e) q kᵀ / √d) of each query; may be null
/// @param scratch kept between calls, grown as needed
template <typename T>
void attend_block(const HeadRows<const T>& queries, const Word* packed, std::int64_t keys, std::int64_t width,
                  const HeadRows<T>& out, float* log_sums, std::vector<Word>& scratch);

} // namespace cxr::nn::kernels
