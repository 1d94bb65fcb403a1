#include "nn/fused_attention.h"

#include <ATen/Parallel.h>

#include "nn/kernels/long_attention_gradient.h"

namespace cxr::nn {
namespace {

at::Tensor with_dense_rows(const at::Tensor& x) { return x.stride(2) == 1 ? x : x.contiguous(); }

// The rows of head number `head` of N · heads.
template <typename T>
kernels::HeadRows<const T> rows_of(const at::Tensor& x, std::int64_t heads, std::int64_t head) {
  const auto width = x.size(2) / heads;
  return {static_cast<const T*>(x.const_data_ptr()) + head / heads * x.stride(0) + head % heads * width, x.size(1), x.stride(1)};
}
template <typename T>
kernels::HeadRows<T> mutable_rows_of(const at::Tensor& x, std::int64_t heads, std::int64_t head) {
  const auto rows = rows_of<T>(x, heads, head);
  return {const_cast<T*>(rows.data), rows.count, rows.stride};
}

// Read and written where the linear layers leave them. T: float, or bfloat16's bits.
template <typename T>
void attend(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, std::int64_t heads, const Attended& to) {
  const auto count = q.size(0) * heads, queries = q.size(1), keys = k.size(1), width = q.size(2) / heads;
  const auto words = kernels::packed_words<T>(keys, width);
  const at::Tensor packed = at::empty({count, words}, q.options().dtype(at::kInt)); // of every head, for all its blocks of queries
  auto* const pack = static_cast<kernels::Word*>(packed.mutable_data_ptr());
  at::parallel_for(0, count, 1, [&](std::int64_t begin, std::int64_t end) {
    for (auto head = begin; head < end; ++head) {
      kernels::pack_head<T>(rows_of<T>(k, heads, head), rows_of<T>(v, heads, head), width, pack + head * words);
    }
  });
  auto* const log_sums = to.log_sums.mutable_data_ptr<float>();
  const auto blocks = (queries + kernels::kQueryBlock - 1) / kernels::kQueryBlock;
  at::parallel_for(0, count * blocks, 1, [&](std::int64_t begin, std::int64_t end) {
    std::vector<kernels::Word> scratch;
    for (auto item = begin; item < end; ++item) {
      const auto head = item / blocks, first = item % blocks * kernels::kQueryBlock;
      const auto block = [&](auto rows) {
        rows.data += first * rows.stride;
        rows.count = std::min(kernels::kQueryBlock, rows.count - first);
        return rows;
      };
      kernels::attend_block<T>(block(rows_of<T>(q, heads, head)), pack + head * words, keys, width,
                               block(mutable_rows_of<T>(to.out, heads, head)), log_sums + head * queries + first, scratch);
    }
  });
}

template <typename T>
void differentiate(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, std::int64_t heads, const Attended& attended,
                   const at::Tensor& d_out, const AttentionGradient& to) {
  const auto* log_sums = attended.log_sums.const_data_ptr<float>();
  at::parallel_for(0, q.size(0) * heads, 1, [&](std::int64_t begin, std::int64_t end) {
    std::vector<kernels::Word> scratch;
    for (auto head = begin; head < end; ++head) {
      const auto in = [&](const at::Tensor& x) { return rows_of<T>(x, heads, head); };
      const auto out = [&](const at::Tensor& x) { return mutable_rows_of<T>(x, heads, head); };
      kernels::attention_gradient<T>({in(q), in(k), in(v), in(attended.out), in(d_out), log_sums + head * q.size(1), out(to.q),
                                      out(to.k), out(to.v), q.size(2) / heads},
                                     scratch);
    }
  });
}

} // namespace

bool has_fused_attention(at::ScalarType dtype) {
  return (dtype == at::kFloat || dtype == at::kBFloat16) && kernels::has_long_attention(dtype == at::kBFloat16);
}

Attended fused_attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, std::int64_t heads) {
  Attended to{at::empty(q.sizes(), q.options()), at::empty({q.size(0) * heads, q.size(1)}, q.options().dtype(at::kFloat))};
  if (q.scalar_type() == at::kFloat) {
    attend<float>(with_dense_rows(q), with_dense_rows(k), with_dense_rows(v), heads, to);
  } else {
    attend<std::uint16_t>(with_dense_rows(q), with_dense_rows(k), with_dense_rows(v), heads, to);
  }
  return to;
}

AttentionGradient fused_attention_gradient(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, std::int64_t heads,
                                           const Attended& attended, const at::Tensor& d_out) {
  const AttentionGradient to{at::empty(q.sizes(), q.options()), at::empty(k.sizes(), k.options()),
                             at::empty(v.sizes(), v.options())};
  const auto dq = with_dense_rows(q), dk = with_dense_rows(k), dv = with_dense_rows(v), dy = with_dense_rows(d_out);
  if (q.scalar_type() == at::kFloat) {
    differentiate<float>(dq, dk, dv, heads, attended, dy, to);
  } else {
    differentiate<std::uint16_t>(dq, dk, dv, heads, attended, dy, to);
  }
  return to;
}

} // namespace cxr::nn
