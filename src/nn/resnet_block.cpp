#include "nn/resnet_block.h"

namespace cxr::nn {
namespace {

// a + b, written over `a` where autograd does not watch.
at::Tensor sum(at::Tensor a, const at::Tensor& b) { return onednn::is_watched(a) ? a + b : a.add_(b); }

} // namespace

ResnetBlock2DImpl::ResnetBlock2DImpl(std::int64_t in_channels, std::int64_t out_channels, std::int64_t groups, double eps,
                                     std::int64_t time_channels)
    : norm1(register_module("norm1", GroupNorm(torch::nn::GroupNormOptions(groups, in_channels).eps(eps)))),
      norm2(register_module("norm2", GroupNorm(torch::nn::GroupNormOptions(groups, out_channels).eps(eps)))),
      conv1(register_module("conv1", Conv2d(Conv2dOptions(in_channels, out_channels, 3).with_padding(1)))),
      conv2(register_module("conv2", Conv2d(Conv2dOptions(out_channels, out_channels, 3).with_padding(1)))) {
  if (in_channels != out_channels) {
    conv_shortcut = register_module("conv_shortcut", Conv2d(Conv2dOptions(in_channels, out_channels, 1)));
  }
  if (time_channels > 0) time_emb_proj = register_module("time_emb_proj", Linear(time_channels, out_channels));
}

at::Tensor ResnetBlock2DImpl::first_convolution(const at::Tensor& x, const at::Tensor& time) {
  if (!time_emb_proj) return conv1(x);
  const auto shift = time_emb_proj(at::silu(time)); // [N,out] or [1,out]
  if (shift.size(0) == 1) return conv1->forward_shifted(x, shift[0]);
  return sum(conv1(x), shift.unsqueeze(-1).unsqueeze(-1));
}

at::Tensor ResnetBlock2DImpl::forward(const at::Tensor& x, const at::Tensor& time) {
  const auto hidden = norm2->forward_silu(first_convolution(norm1->forward_silu(x), time)); // [N,out,H,W]
  if (conv_shortcut) return conv2->forward_add(hidden, conv_shortcut(x));
  return sum(conv2(hidden), x);
}

} // namespace cxr::nn
