#include "nn/geglu.h"

#include <ATen/Parallel.h>

#include "nn/autograd/linear.h"
#include "nn/kernels/geglu.h"

namespace cxr::nn {
namespace {

// `work` gets pointers to each tensor's element at `begin` of its first axis: floats, or bfloat16's bits.
template <typename Work>
void for_row_blocks(const at::Tensor& x, Work&& work) {
  const auto rows = x.numel() / x.size(-1);
  at::parallel_for(0, rows, 16, [&](std::int64_t begin, std::int64_t end) {
    if (x.scalar_type() == at::kFloat) {
      work(float{}, begin, end - begin);
    } else {
      work(std::uint16_t{}, begin, end - begin);
    }
  });
}

template <typename T>
const T* row(const at::Tensor& x, std::int64_t number) {
  return static_cast<const T*>(x.const_data_ptr()) + number * x.size(-1);
}
template <typename T>
T* mutable_row(const at::Tensor& x, std::int64_t number) {
  return static_cast<T*>(x.mutable_data_ptr()) + number * x.size(-1);
}

at::Tensor like_with_width(const at::Tensor& x, std::int64_t width) {
  auto shape = x.sizes().vec();
  shape.back() = width;
  return at::empty(shape, x.options());
}

} // namespace

at::Tensor geglu(const at::Tensor& input) {
  if (!onednn::usable(input)) {
    const auto halves = input.chunk(2, -1);
    return halves[0] * at::gelu(halves[1]);
  }
  const auto x = input.contiguous();
  const auto width = x.size(-1) / 2;
  const auto y = like_with_width(x, width);
  for_row_blocks(x, [&]<typename T>(T, std::int64_t first, std::int64_t count) {
    kernels::geglu(row<T>(x, first), count, width, mutable_row<T>(y, first));
  });
  return y;
}

at::Tensor geglu_gradient(const at::Tensor& input, const at::Tensor& gradient) {
  const auto x = input.contiguous(), dy = gradient.contiguous();
  const auto dx = at::empty_like(x);
  for_row_blocks(x, [&]<typename T>(T, std::int64_t first, std::int64_t count) {
    kernels::geglu_gradient(row<T>(x, first), row<T>(dy, first), count, x.size(-1) / 2, mutable_row<T>(dx, first));
  });
  return dx;
}

GegluImpl::GegluImpl(std::int64_t in_features, std::int64_t out_features)
    : proj(register_module("proj", Linear(in_features, 2 * out_features))) {}

at::Tensor GegluImpl::forward(const at::Tensor& x) {
  if (!onednn::usable(x)) return geglu(proj(x));
  const auto bias = onednn::in_type_of(x, proj->bias).chunk(2);
  const auto half = [](int number) {
    return [number](const at::Tensor& weight) { return onednn::pack_linear_weight(weight.chunk(2)[number]); };
  };
  const auto gate = onednn::linear(x, gate_.get(proj->weight, x.scalar_type(), half(1)), bias[1], onednn::Fused::kGelu);
  return onednn::linear_multiply(x, gate, value_.get(proj->weight, x.scalar_type(), half(0)), bias[0]);
}

GegluFeedForwardImpl::GegluFeedForwardImpl(std::int64_t channels) {
  const auto net = register_module("net", std::make_shared<torch::nn::Module>("net")); // its 1 is a dropout: no parameters
  geglu_ = net->register_module("0", Geglu(channels, 4 * channels));
  project_out_ = net->register_module("2", Linear(4 * channels, channels));
}

at::Tensor GegluFeedForwardImpl::forward(const at::Tensor& x, const at::Tensor& residual) {
  if (!onednn::recordable(x)) return project_out_->forward_add(geglu_(x), residual);
  return autograd::geglu_linear(geglu_->proj(x), project_out_->weight, project_out_->bias) + residual;
}

} // namespace cxr::nn
