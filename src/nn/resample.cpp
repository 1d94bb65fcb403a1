#include "nn/resample.h"

namespace cxr::nn {
namespace {

// The 2×2 weights for one parity: row parity 0 sees rows (i-1, i) with weights (w0, w1 + w2), parity 1 rows (i, i+1) with
// (w0 + w1, w2); columns likewise. Summed in float32. @param weight [O,I,3,3]  @return [O,I,2,2]
at::Tensor parity_weight(const at::Tensor& weight, int row_parity, int column_parity) {
  const auto fold = [](const at::Tensor& w, std::int64_t axis, int parity) {
    const auto w0 = w.select(axis, 0), w1 = w.select(axis, 1), w2 = w.select(axis, 2);
    return parity == 0 ? at::stack({w0, w1 + w2}, axis) : at::stack({w0 + w1, w2}, axis);
  };
  return fold(fold(weight.to(at::kFloat), 2, row_parity), 3, column_parity).to(weight.scalar_type());
}

} // namespace

Downsample2DImpl::Downsample2DImpl(std::int64_t channels, std::int64_t padding)
    : padding_(padding),
      conv(register_module("conv", Conv2d(Conv2dOptions(channels, channels, 3).with_stride(2).with_padding(padding)))) {}

at::Tensor Downsample2DImpl::forward(const at::Tensor& x) { return conv(padding_ == 0 ? at::constant_pad_nd(x, {0, 1, 0, 1}) : x); }

Upsample2DImpl::Upsample2DImpl(std::int64_t channels)
    : conv(register_module("conv", Conv2d(Conv2dOptions(channels, channels, 3).with_padding(1)))) {}

at::Tensor Upsample2DImpl::forward(const at::Tensor& x, at::IntArrayRef size) {
  const std::array<std::int64_t, 2> doubled = {2 * x.size(2), 2 * x.size(3)};
  if (size.empty()) size = doubled;
  if (onednn::usable(x) && size == at::IntArrayRef(doubled)) return forward_by_parity(x);
  return conv(at::upsample_nearest2d(x, size));
}

at::Tensor Upsample2DImpl::forward_by_parity(const at::Tensor& x) {
  const auto n = x.size(0), channels = x.size(1), height = x.size(2), width = x.size(3);
  const onednn::ConvShape shape{{1, 1}, {1, 1}, {1, 1}, 1};
  const auto out = at::empty({n, channels, 2 * height, 2 * width}, x.options().memory_format(at::MemoryFormat::ChannelsLast));
  for (int row = 0; row < 2; ++row) {
    for (int column = 0; column < 2; ++column) {
      const auto weight = packed_[row * 2 + column].get(conv->weight, x.scalar_type(), [&](const at::Tensor& w) {
        return onednn::pack_conv_weight(parity_weight(w, row, column), shape, x.sizes());
      });
      const auto quarter =
          onednn::conv2d(x, weight, onednn::in_type_of(x, conv->bias), shape); // [N,C,H+1,W+1]: one row and column too many
      out.slice(2, row, {}, 2).slice(3, column, {}, 2).copy_(quarter.slice(2, row, row + height).slice(3, column, column + width));
    }
  }
  return out;
}

} // namespace cxr::nn
