#include "nn/conv2d.h"

#include "nn/autograd/conv2d.h"

namespace cxr::nn {

Conv2dImpl::Conv2dImpl(const Conv2dOptions& options)
    : weight(register_parameter("weight",
                                at::empty({options.out_channels, options.in_channels, options.kernel[0], options.kernel[1]}))),
      shape_{.padding = {options.padding.begin(), options.padding.end()},
             .stride = {options.stride.begin(), options.stride.end()},
             .dilation = {1, 1},
             .groups = 1} {
  if (options.bias) bias = register_parameter("bias", at::empty({options.out_channels}));
}

at::Tensor Conv2dImpl::packed(const at::Tensor& x) {
  return packed_.get(weight, x.scalar_type(), [&](const at::Tensor& w) { return onednn::pack_conv_weight(w, shape_, x.sizes()); });
}

at::Tensor Conv2dImpl::convolve(const at::Tensor& x, const at::Tensor& with_bias) {
  if (onednn::usable(x)) return onednn::conv2d(x, packed(x), onednn::in_type_of(x, with_bias), shape_);
  if (onednn::recordable(x)) return autograd::conv2d(x, weight, with_bias, shape_);
  return at::conv2d(x, onednn::in_type_of(x, weight), onednn::in_type_of(x, with_bias), shape_.stride, shape_.padding,
                    shape_.dilation, shape_.groups);
}

at::Tensor Conv2dImpl::forward(const at::Tensor& x) { return convolve(x, bias); }

at::Tensor Conv2dImpl::forward_shifted(const at::Tensor& x, const at::Tensor& shift) { return convolve(x, bias + shift); }

at::Tensor Conv2dImpl::forward_add(const at::Tensor& x, at::Tensor residual) {
  if (onednn::usable(x)) {
    return onednn::conv2d_add_(x, residual.contiguous(at::MemoryFormat::ChannelsLast), packed(x), onednn::in_type_of(x, bias),
                               shape_);
  }
  return forward(x) + residual;
}

} // namespace cxr::nn
