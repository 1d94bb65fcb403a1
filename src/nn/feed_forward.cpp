#include "nn/feed_forward.h"

namespace cxr::nn {
namespace {

onednn::Fused fused(Activation activation) {
  switch (activation) {
    case Activation::kGelu:
      return onednn::Fused::kGelu;
    case Activation::kGeluTanh:
      return onednn::Fused::kGeluTanh;
    case Activation::kQuickGelu:
      return onednn::Fused::kSwish;
    case Activation::kRelu:
      return onednn::Fused::kRelu;
  }
  return onednn::Fused::kNone;
}

// oneDNN has no quick GELU, but x · sigmoid(1.702 x) = swish(1.702 x) / 1.702: the factors go into the weights around it.
double scale_of(Activation activation) { return activation == Activation::kQuickGelu ? kQuickGeluScale : 1; }

at::Tensor scaled(const at::Tensor& t, double scale, at::ScalarType dtype) {
  return scale == 1 ? t.to(dtype) : (t.to(at::kFloat) * scale).to(dtype);
}

} // namespace

at::Tensor FeedForward::operator()(LinearImpl& first, LinearImpl& second, const at::Tensor& x, const at::Tensor& residual) {
  if (!onednn::usable(x)) return second.forward(activate(first.forward(x), activation_)) + residual;
  const auto scale = scale_of(activation_);
  const auto dtype = x.scalar_type();
  const auto into = first_.get_all({first.weight, first.bias}, dtype, [&] {
    first_bias_ = scaled(first.bias, scale, dtype);
    return onednn::pack_linear_weight(scaled(first.weight, scale, dtype));
  });
  const auto back = second_.get_all({&second.weight, 1}, dtype,
                                    [&] { return onednn::pack_linear_weight(scaled(second.weight, 1 / scale, dtype)); });
  return onednn::linear_add(onednn::linear(x, into, first_bias_, fused(activation_)), residual, back,
                            onednn::in_type_of(x, second.bias));
}

at::Tensor FusedProjections::operator()(std::initializer_list<LinearImpl*> layers, const at::Tensor& x) {
  if (onednn::is_watched(x)) {
    std::vector<at::Tensor> parts;
    for (auto* layer : layers) parts.push_back(layer->forward(x));
    return at::cat(parts, -1);
  }
  std::vector<at::Tensor> weights, biases;
  for (const auto* layer : layers) {
    weights.push_back(layer->weight);
    if (layer->bias.defined()) biases.push_back(layer->bias);
  }
  auto sources = weights;
  sources.insert(sources.end(), biases.begin(), biases.end());
  const bool packs = onednn::usable(x);
  const auto weight = packed_.get_all(sources, x.scalar_type(), [&] {
    if (!biases.empty()) bias_ = at::cat(biases).to(x.scalar_type());
    const auto joined = at::cat(weights).to(x.scalar_type());
    return packs ? onednn::pack_linear_weight(joined) : joined;
  });
  return packs ? onednn::linear(x, weight, bias_) : at::linear(x, weight, bias_);
}

} // namespace cxr::nn
