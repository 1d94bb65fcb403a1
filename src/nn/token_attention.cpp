#include "nn/token_attention.h"

#include <ATen/Parallel.h>

#include "core/error.h"
#include "nn/kernels/token_attention.h"

namespace cxr::nn {
namespace {

at::Tensor padded_attention(const at::Tensor& qkv, std::int64_t heads, const Sequences& sequences) {
  const auto batch = qkv.size(0), length = qkv.size(1), hidden = qkv.size(2) / 3;
  const auto parts = qkv.view({batch, length, 3, heads, hidden / heads}).permute({2, 0, 3, 1, 4}); // [3,B,heads,L,d]
  const auto mask = sequences.mask.defined() ? std::optional(sequences.mask) : std::nullopt;
  const auto out = at::scaled_dot_product_attention(parts[0], parts[1], parts[2], mask, /*dropout_p=*/0, sequences.causal);
  return out.transpose(1, 2).reshape({batch, length, hidden});
}

template <typename T>
void packed_attention(const at::Tensor& qkv, std::int64_t heads, const Sequences& sequences, const at::Tensor& out) {
  const auto hidden = out.size(1), width = hidden / heads, texts = std::ssize(sequences.begins) - 1;
  const auto* x = static_cast<const T*>(qkv.const_data_ptr());
  auto* y = static_cast<T*>(out.mutable_data_ptr());
  // All heads of a text, then the next text: its rows are in the cache by then.
  at::parallel_for(0, texts * heads, 1, [&](std::int64_t begin, std::int64_t end) {
    std::vector<float> scratch;
    for (auto item = begin; item < end; ++item) {
      const auto first = sequences.begins[item / heads], column = item % heads * width;
      const auto* q = x + first * 3 * hidden + column;
      kernels::attend({.q = q,
                       .k = q + hidden,
                       .v = q + 2 * hidden,
                       .out = y + first * hidden + column,
                       .tokens = sequences.begins[item / heads + 1] - first,
                       .width = width,
                       .stride = 3 * hidden,
                       .out_stride = hidden,
                       .causal = sequences.causal},
                      scratch);
    }
  });
}

} // namespace

at::Tensor self_attention(const at::Tensor& qkv, std::int64_t heads, const Sequences& sequences) {
  expects(qkv.dim() == (sequences.packed() ? 2 : 3) && qkv.size(-1) % (3 * heads) == 0,
          "self-attention: queries, keys and values are [T,3D] or [B,L,3D] and {} divides D, got {} dimensions", heads, qkv.dim());
  if (!sequences.packed()) return padded_attention(qkv, heads, sequences);
  expects(sequences.begins.back() == qkv.size(0), "self-attention: the sequences have {} tokens, the batch {}",
          sequences.begins.back(), qkv.size(0));
  const auto x = qkv.contiguous();
  auto out = at::empty({x.size(0), x.size(1) / 3}, x.options());
  if (x.scalar_type() == at::kFloat) {
    packed_attention<float>(x, heads, sequences, out);
  } else {
    expects(x.scalar_type() == at::kBFloat16, "self-attention: expected float32 or bfloat16, got {}",
            c10::toString(x.scalar_type()));
    packed_attention<std::uint16_t>(x, heads, sequences, out);
  }
  return out;
}

} // namespace cxr::nn
