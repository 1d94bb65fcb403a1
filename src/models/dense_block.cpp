#include "models/dense_block.h"

namespace cxr {

DenseLayerImpl::DenseLayerImpl(std::int64_t in_channels, std::int64_t growth, std::int64_t bn_size)
    : norm1(register_module("norm1", nn::BatchNorm(in_channels))),
      norm2(register_module("norm2", nn::BatchNorm(bn_size * growth))),
      conv1(register_module("conv1", nn::Conv2d(nn::Conv2dOptions(in_channels, bn_size * growth, 1).without_bias()))),
      conv2(register_module("conv2", nn::Conv2d(nn::Conv2dOptions(bn_size * growth, growth, 3).with_padding(1).without_bias()))) {}

at::Tensor DenseLayerImpl::forward(const at::Tensor& x) { return conv2(folded1_(*conv1, *norm2, norm1->forward_relu(x))); }

DenseBlockImpl::DenseBlockImpl(std::int64_t layers, std::int64_t in_channels, std::int64_t growth, std::int64_t bn_size)
    : growth_(growth) {
  for (std::int64_t i = 0; i < layers; ++i) {
    layers_.push_back(register_module(fmt::format("denselayer{}", i + 1), DenseLayer(in_channels + i * growth, growth, bn_size)));
  }
}

at::Tensor DenseBlockImpl::forward(const at::Tensor& x) {
  auto filled = x.size(1);
  const auto channels = filled + std::ssize(layers_) * growth_;
  const auto out =
      at::empty({x.size(0), channels, x.size(2), x.size(3)}, x.options().memory_format(at::MemoryFormat::ChannelsLast));
  out.slice(1, 0, filled).copy_(x);
  for (auto& layer : layers_) {
    out.slice(1, filled, filled + growth_).copy_(layer(out.slice(1, 0, filled)));
    filled += growth_;
  }
  return out;
}

TransitionImpl::TransitionImpl(std::int64_t in_channels, std::int64_t out_channels)
    : norm(register_module("norm", nn::BatchNorm(in_channels))),
      conv(register_module("conv", nn::Conv2d(nn::Conv2dOptions(in_channels, out_channels, 1).without_bias()))) {}

at::Tensor TransitionImpl::forward(const at::Tensor& x) { return conv(norm->forward_relu_pool(x)); }

} // namespace cxr
