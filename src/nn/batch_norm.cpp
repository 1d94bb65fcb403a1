#include "nn/batch_norm.h"

#include <ATen/Parallel.h>

#include "nn/kernels/batch_norm.h"

namespace cxr::nn {
namespace {

// Whether x is rows of channels, one a pixel, at equal distances: channels last, or a slice of the channels of such a tensor.
bool is_rows_of_channels(const at::Tensor& x) {
  return x.stride(1) == 1 && x.stride(3) >= x.size(1) && x.stride(2) == x.size(3) * x.stride(3) &&
         x.stride(0) == x.size(2) * x.stride(2);
}

} // namespace

BatchNormImpl::BatchNormImpl(std::int64_t channels, double eps)
    : torch::nn::BatchNorm2dImpl(torch::nn::BatchNorm2dOptions(channels).eps(eps)) {
  eval();
}

BatchNormImpl::Affine BatchNormImpl::affine() const {
  const auto scale = weight.to(at::kDouble) / (running_var.to(at::kDouble) + options.eps()).sqrt();
  const auto offset = bias.to(at::kDouble) - running_mean.to(at::kDouble) * scale;
  return {scale.to(at::kFloat), offset.to(at::kFloat)};
}

const BatchNormImpl::Affine& BatchNormImpl::cached_affine() {
  affine_source_.get(weight, weight.scalar_type(), [&](const at::Tensor& w) {
    affine_ = affine();
    return w;
  });
  return affine_;
}

at::Tensor BatchNormImpl::forward_relu(const at::Tensor& x) {
  if (!onednn::usable(x) || !is_rows_of_channels(x)) return at::relu(forward(x));
  const auto channels = x.size(1), pixels = x.size(0) * x.size(2) * x.size(3), stride = x.stride(3);
  const auto& [scale, offset] = cached_affine();
  const auto y = at::empty(x.sizes(), x.options().memory_format(at::MemoryFormat::ChannelsLast));
  const auto run = [&]<typename T>(const T* in, T* out) {
    at::parallel_for(0, pixels, 256,
                     [&, s = scale.const_data_ptr<float>(), o = offset.const_data_ptr<float>()](auto begin, auto end) {
                       kernels::scale_offset_relu(in + begin * stride, stride, s, o, end - begin, channels, out + begin * channels);
                     });
  };
  if (x.scalar_type() == at::kFloat) {
    run(x.const_data_ptr<float>(), y.mutable_data_ptr<float>());
  } else {
    run(static_cast<const std::uint16_t*>(x.const_data_ptr()), static_cast<std::uint16_t*>(y.mutable_data_ptr()));
  }
  return y;
}

at::Tensor BatchNormImpl::forward_relu_pool(const at::Tensor& x) { return at::avg_pool2d(forward_relu(x), 2, 2); }

at::Tensor FoldedConv::operator()(Conv2dImpl& conv, BatchNormImpl& norm, const at::Tensor& x, onednn::Fused then) {
  if (!onednn::usable(x)) {
    const auto y = norm.forward(conv.forward(x));
    return then == onednn::Fused::kRelu ? at::relu(y) : y;
  }
  const auto weight = packed_.get(conv.weight, x.scalar_type(), [&](const at::Tensor& w) {
    const auto [scale, offset] = norm.affine();
    bias_ = (conv.bias.defined() ? conv.bias.to(at::kFloat) * scale + offset : offset).to(w.scalar_type());
    return onednn::pack_conv_weight((w.to(at::kFloat) * scale.view({-1, 1, 1, 1})).to(w.scalar_type()), conv.shape(), x.sizes());
  });
  return onednn::conv2d(x, weight, bias_, conv.shape(), then);
}

} // namespace cxr::nn
