#include "nn/geglu.h"

namespace cxr::nn {

GegluImpl::GegluImpl(std::int64_t in_features, std::int64_t out_features)
    : proj(register_module("proj", Linear(in_features, 2 * out_features))) {}

at::Tensor GegluImpl::forward(const at::Tensor& x) {
  if (!onednn::usable(x)) {
    const auto halves = proj(x).chunk(2, -1);
    return halves[0] * at::gelu(halves[1]);
  }
  const auto bias = proj->bias.chunk(2);
  const auto half = [](int number) {
    return [number](const at::Tensor& weight) { return onednn::pack_linear_weight(weight.chunk(2)[number]); };
  };
  const auto gate = onednn::linear(x, gate_.get(proj->weight, half(1)), bias[1], onednn::Fused::kGelu);
  return onednn::linear_multiply(x, gate, value_.get(proj->weight, half(0)), bias[0]);
}

GegluFeedForwardImpl::GegluFeedForwardImpl(std::int64_t channels) {
  const auto net = register_module("net", std::make_shared<torch::nn::Module>("net")); // its 1 is a dropout: no parameters
  geglu_ = net->register_module("0", Geglu(channels, 4 * channels));
  project_out_ = net->register_module("2", Linear(4 * channels, channels));
}

} // namespace cxr::nn
