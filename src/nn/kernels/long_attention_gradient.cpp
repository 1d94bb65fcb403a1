#include "nn/kernels/long_attention_gradient.h"

#include <utility>

#if defined(__x86_64__)
#include "nn/kernels/attention_blocks.h"

namespace cxr::nn::kernels {
namespace {

constexpr float kNoShares = 1e30F;   // log2 of a sum beside which every share is 0
constexpr std::int64_t kWidest = 80; // columns of a key's gradient that are summed at once: five registers

// out[r] = Σ_i rows[r,i] · lanes[i], a number of each query; rows lie as accumulate() says.
template <typename Kind, bool kAdd, int kCount = kRows>
CXR_AVX512 __attribute__((noinline)) void query_products(const Word* rows, std::int64_t count, std::int64_t row_stride,
                                                         std::int64_t step_stride, std::int64_t steps, const Word* lanes,
                                                         float* out) {
  for (; count >= kCount; count -= kCount, rows += kCount * row_stride, out += kCount * kQueryBlock) {
    __m512 sums[kCount][kLanes];
#pragma GCC unroll 8
    for (int r = 0; r < kCount; ++r) {
#pragma GCC unroll 8
      for (int l = 0; l < kLanes; ++l) {
        sums[r][l] = kAdd ? _mm512_loadu_ps(out + r * kQueryBlock + l * 16) : _mm512_setzero_ps();
      }
    }
    accumulate<Kind>(sums, rows, row_stride, step_stride, steps, lanes);
#pragma GCC unroll 8
    for (int r = 0; r < kCount; ++r) {
#pragma GCC unroll 8
      for (int l = 0; l < kLanes; ++l) _mm512_storeu_ps(out + r * kQueryBlock + l * 16, sums[r][l]);
    }
  }
  if constexpr (kCount > 1) {
    if (count > 0) query_products<Kind, kAdd, kCount - 1>(rows, count, row_stride, step_stride, steps, lanes, out);
  }
}

// sums[key] += Σ_query rows[key,query] · lanes[query], kColumns · 16 numbers each.
template <typename Kind, int kColumns, int kCount = (kColumns > 3 ? 4 : 6)>
CXR_AVX512 __attribute__((noinline)) void key_products(const Word* rows, std::int64_t count, const Word* lanes, float* out,
                                                       std::int64_t out_stride) {
  constexpr std::int64_t kSteps = kQueryBlock / Kind::kPerWord;
  for (; count >= kCount; count -= kCount, rows += kCount * kSteps, out += kCount * out_stride) {
    __m512 sums[kCount][kColumns];
#pragma GCC unroll 8
    for (int r = 0; r < kCount; ++r) {
#pragma GCC unroll 8
      for (int l = 0; l < kColumns; ++l) sums[r][l] = _mm512_loadu_ps(out + r * out_stride + l * 16);
    }
    accumulate<Kind>(sums, rows, kSteps, 1, kSteps, lanes);
#pragma GCC unroll 8
    for (int r = 0; r < kCount; ++r) {
#pragma GCC unroll 8
      for (int l = 0; l < kColumns; ++l) _mm512_storeu_ps(out + r * out_stride + l * 16, sums[r][l]);
    }
  }
  if constexpr (kCount > 1) {
    if (count > 0) key_products<Kind, kColumns, kCount - 1>(rows, count, lanes, out, out_stride);
  }
}

template <typename Kind>
CXR_AVX512 void add_key_products(const Word* rows, std::int64_t count, std::int64_t columns, const Word* lanes, float* out,
                                 std::int64_t out_stride) {
  switch (columns / 16) {
    case 1:
      return key_products<Kind, 1>(rows, count, lanes, out, out_stride);
    case 2:
      return key_products<Kind, 2>(rows, count, lanes, out, out_stride);
    case 3:
      return key_products<Kind, 3>(rows, count, lanes, out, out_stride);
    case 4:
      return key_products<Kind, 4>(rows, count, lanes, out, out_stride);
    default:
      return key_products<Kind, 5>(rows, count, lanes, out, out_stride);
  }
}

// A number of each key and query, [keys,kQueryBlock]: as lanes for a sum over keys, and as rows for one over queries.
struct Shares {
  Word* over_keys;    // [words of keys, kQueryBlock]
  Word* over_queries; // [keys, words of kQueryBlock]
};

template <typename Kind>
CXR_AVX512_INLINE void store_over_queries(const __m512* numbers, Word* row) {
  if constexpr (Kind::kPerWord == 1) {
#pragma GCC unroll 8
    for (int l = 0; l < kLanes; ++l) _mm512_storeu_ps(row + l * 16, numbers[l]);
  } else {
#pragma GCC unroll 8
    for (int l = 0; l < kLanes; l += 2) {
      _mm512_storeu_si512(row + l * 8, reinterpret_cast<__m512i>(_mm512_cvtne2ps_pbh(numbers[l + 1], numbers[l])));
    }
  }
}

// What each query's softmax needs: log2 of its sum and Σ out · d_out. A query that is not there has a huge sum, so no shares.
struct QueryTerms {
  __m512 log_sum[kLanes], mean[kLanes];
};

// Shares 2^(scale · score - log_sum), and the gradient of the scores, share · (d_share - mean) / √d.
template <typename Kind>
CXR_AVX512 void shares_and_gradients(const float* scores, const float* d_shares, std::int64_t count, std::int64_t width,
                                     const QueryTerms& terms, Word* shares, const Shares& gradients) {
  const __m512 scale = _mm512_set1_ps(score_scale(width));
  const __m512 to_scores = _mm512_set1_ps(static_cast<float>(1 / std::sqrt(static_cast<double>(width))));
  constexpr std::int64_t kRowWords = kQueryBlock / Kind::kPerWord;
  const auto row = [&](std::int64_t j, __m512* gradient) CXR_AVX512 {
    __m512 share[kLanes];
#pragma GCC unroll 8
    for (int l = 0; l < kLanes; ++l) {
      const auto at = j * kQueryBlock + l * 16;
      share[l] = exp2<Kind>(_mm512_fmsub_ps(_mm512_loadu_ps(scores + at), scale, terms.log_sum[l]));
      const __m512 above = _mm512_sub_ps(_mm512_loadu_ps(d_shares + at), terms.mean[l]);
      gradient[l] = _mm512_mul_ps(_mm512_mul_ps(share[l], above), to_scores);
    }
    store_over_queries<Kind>(share, shares + j * kRowWords);
    store_over_queries<Kind>(gradient, gradients.over_queries + j * kRowWords);
  };
  if constexpr (Kind::kPerWord == 1) {
    __m512 gradient[kLanes];
    for (std::int64_t j = 0; j < count; ++j) row(j, gradient); // the rows are the lanes
  } else {
    for (std::int64_t j = 0; j < count; j += 2) {
      __m512 first[kLanes], second[kLanes];
      row(j, first);
      for (auto& s : second) s = _mm512_setzero_ps();
      if (j + 1 < count) row(j + 1, second);
#pragma GCC unroll 8
      for (int l = 0; l < kLanes; ++l) {
        _mm512_storeu_si512(gradients.over_keys + j / 2 * kQueryBlock + l * 16, interleaved(first[l], second[l]));
      }
    }
  }
}

template <typename Kind>
class Gradient {
 public:
  using Element = typename Kind::Element;

  Gradient(const HeadGradient<Element>& head, std::vector<Word>& scratch)
      : head_(head), width_(head.width), keys_(head.k.count), steps_(words<Kind>(width_)), columns_((width_ + 15) / 16 * 16) {
    constexpr std::int64_t kScores = kKeyBlock * kQueryBlock;
    std::int64_t size = 0;
    const auto place = [&](std::int64_t count) { return std::exchange(size, size + (count + 15) / 16 * 16); };
    const auto k = place(keys_ * steps_), v = place(keys_ * steps_), k_columns = place(words<Kind>(keys_) * width_);
    const auto dk = place(keys_ * columns_), dv = place(keys_ * columns_);
    const auto q = place(steps_ * kQueryBlock), d_out = place(steps_ * kQueryBlock),
               dq = place(std::max<std::int64_t>(width_, 16) * kQueryBlock);
    const auto q_columns = place(kQueryBlock * columns_), d_out_columns = place(kQueryBlock * columns_);
    const auto scores = place(kScores), d_shares = place(kScores), shares = place(kScores), over_keys = place(kScores),
               over_queries = place(kScores);
    if (std::ssize(scratch) < size + 16) scratch.resize(size + 16);
    auto* const base = aligned(scratch);
    k_ = base + k, v_ = base + v, k_columns_ = base + k_columns;
    dk_ = reinterpret_cast<float*>(base + dk), dv_ = reinterpret_cast<float*>(base + dv);
    q_ = base + q, d_out_ = base + d_out, dq_ = reinterpret_cast<float*>(base + dq);
    q_columns_ = base + q_columns, d_out_columns_ = base + d_out_columns;
    scores_ = reinterpret_cast<float*>(base + scores), d_shares_ = reinterpret_cast<float*>(base + d_shares);
    shares_ = base + shares;
    gradients_ = {Kind::kPerWord == 1 ? base + over_queries : base + over_keys, base + over_queries};
  }

  void run() {
    pack_rows<Kind>(head_.k, width_, k_);
    pack_rows<Kind>(head_.v, width_, v_);
    pack_columns<Kind>(head_.k, width_, k_columns_, width_);
    std::fill_n(dk_, keys_ * columns_, 0.0F);
    std::fill_n(dv_, keys_ * columns_, 0.0F);
    for (std::int64_t first = 0; first < head_.q.count; first += kQueryBlock) take_queries(first);
    store_keys(dk_, head_.d_k);
    store_keys(dv_, head_.d_v);
  }

 private:
  static auto part(auto rows, std::int64_t first) {
    rows.data += first * rows.stride;
    rows.count = std::min(kQueryBlock, rows.count - first);
    return rows;
  }

  CXR_AVX512 QueryTerms terms_of(std::int64_t first, std::int64_t count) const {
    alignas(64) float log_sum[kQueryBlock], mean[kQueryBlock];
    std::fill_n(log_sum, kQueryBlock, kNoShares);
    std::fill_n(mean, kQueryBlock, 0.0F);
    for (std::int64_t r = 0; r < count; ++r) {
      const auto *out = head_.out.data + (first + r) * head_.out.stride,
                 *d_out = head_.d_out.data + (first + r) * head_.d_out.stride;
      for (std::int64_t c = 0; c < width_; ++c) mean[r] += load(out[c]) * load(d_out[c]);
      log_sum[r] = head_.log_sums[first + r];
    }
    QueryTerms terms;
    for (int l = 0; l < kLanes; ++l)
      terms.log_sum[l] = _mm512_load_ps(log_sum + l * 16), terms.mean[l] = _mm512_load_ps(mean + l * 16);
    return terms;
  }

  // Rows as lanes of a sum over queries, zero where there is no query or no column.
  void pack_query_columns(const HeadRows<const Element>& rows, Word* to) const {
    std::fill_n(to, kQueryBlock / Kind::kPerWord * columns_, Word{0});
    if (columns_ <= kWidest) return pack_columns<Kind>(rows, width_, to, columns_);
    for (std::int64_t c = 0; c < width_; c += kWidest) { // a block of columns after the other
      const HeadRows<const Element> block{rows.data + c, rows.count, rows.stride};
      const auto block_columns = std::min(kWidest, columns_ - c);
      pack_columns<Kind>(block, std::min(kWidest, width_ - c), to + c * (kQueryBlock / Kind::kPerWord), block_columns);
    }
  }

  CXR_AVX512 void add_to_keys(const Word* rows, std::int64_t first, std::int64_t count, const Word* lanes, float* sums) const {
    for (std::int64_t c = 0; c < columns_; c += kWidest) {
      add_key_products<Kind>(rows, count, std::min(kWidest, columns_ - c), lanes + c * (kQueryBlock / Kind::kPerWord),
                             sums + first * columns_ + c, columns_);
    }
  }

  CXR_AVX512 void take_queries(std::int64_t first_query) {
    const auto queries = part(head_.q, first_query), d_out = part(head_.d_out, first_query);
    const auto terms = terms_of(first_query, queries.count);
    pack_queries<Kind>(queries, width_, reinterpret_cast<Word*>(dq_), q_);
    pack_queries<Kind>(d_out, width_, reinterpret_cast<Word*>(dq_), d_out_);
    pack_query_columns(queries, q_columns_);
    pack_query_columns(d_out, d_out_columns_);
    std::fill_n(dq_, width_ * kQueryBlock, 0.0F);
    for (std::int64_t first = 0; first < keys_; first += kKeyBlock) {
      const auto count = std::min(kKeyBlock, keys_ - first);
      query_products<Kind, false>(k_ + first * steps_, count, steps_, 1, steps_, q_, scores_);
      query_products<Kind, false>(v_ + first * steps_, count, steps_, 1, steps_, d_out_, d_shares_);
      shares_and_gradients<Kind>(scores_, d_shares_, count, width_, terms, shares_, gradients_);
      query_products<Kind, true>(k_columns_ + first / Kind::kPerWord * width_, width_, 1, width_, words<Kind>(count),
                                 gradients_.over_keys, dq_);
      add_to_keys(shares_, first, count, d_out_columns_, dv_);
      add_to_keys(gradients_.over_queries, first, count, q_columns_, dk_);
    }
    store_queries<Kind>(dq_, width_, part(head_.d_q, first_query));
  }

  void store_keys(const float* sums, const HeadRows<Element>& out) const {
    for (std::int64_t j = 0; j < keys_; ++j) {
      for (std::int64_t c = 0; c < width_; ++c) store(sums[j * columns_ + c], out.data[j * out.stride + c]);
    }
  }

  const HeadGradient<Element>& head_;
  std::int64_t width_, keys_, steps_, columns_; // columns: width in whole registers
  Word *k_, *v_, *k_columns_, *q_, *d_out_, *q_columns_, *d_out_columns_, *shares_;
  float *dk_, *dv_, *dq_, *scores_, *d_shares_;
  Shares gradients_;
};

} // namespace

template <typename T>
void attention_gradient(const HeadGradient<T>& head, std::vector<Word>& scratch) {
  Gradient<KindOf<T>>(head, scratch).run();
}

} // namespace cxr::nn::kernels

#else

namespace cxr::nn::kernels {

template <typename T>
void attention_gradient(const HeadGradient<T>&, std::vector<Word>&) {} // has_long_attention() is false: nobody calls it

} // namespace cxr::nn::kernels

#endif

namespace cxr::nn::kernels {

template void attention_gradient(const HeadGradient<float>&, std::vector<Word>&);
template void attention_gradient(const HeadGradient<std::uint16_t>&, std::vector<Word>&);

} // namespace cxr::nn::kernels
