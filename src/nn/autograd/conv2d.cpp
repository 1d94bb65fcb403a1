#include "nn/autograd/conv2d.h"

#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>

#include "nn/kernels/columns.h"

namespace cxr::nn::autograd {
namespace {

using at::Tensor;
using kernels::Window;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// Output pixels up to which a product of matrices is faster: 16×16 gained half, 32×32 nothing.
constexpr std::int64_t kFewPixels = 512;

Window window_of(const Tensor& x, const Tensor& weight, const onednn::ConvShape& s) {
  const auto out = [&](int axis) { return (x.size(2 + axis) + 2 * s.padding[axis] - weight.size(2 + axis)) / s.stride[axis] + 1; };
  return {.channels = x.size(1),
          .height = x.size(2),
          .width = x.size(3),
          .out_height = out(0),
          .out_width = out(1),
          .kernel_height = weight.size(2),
          .kernel_width = weight.size(3),
          .row_stride = s.stride[0],
          .column_stride = s.stride[1],
          .row_padding = s.padding[0],
          .column_padding = s.padding[1]};
}

bool is_pointwise(const Window& w) { return w.taps() == 1 && w.out_height == w.height && w.out_width == w.width; }

bool by_columns(const Window& w, std::int64_t images) {
  return is_pointwise(w) || images * w.out_height * w.out_width <= kFewPixels;
}

// [N,C,H,W], channels last, as its pixels [N·H·W,C], and back.
Tensor pixels_of(const Tensor& image) {
  return image.contiguous(at::MemoryFormat::ChannelsLast).permute({0, 2, 3, 1}).view({-1, image.size(1)});
}
Tensor image_of(const Tensor& pixels, std::int64_t images, std::int64_t height, std::int64_t width) {
  return pixels.view({images, height, width, pixels.size(1)}).permute({0, 3, 1, 2});
}

template <typename T>
void for_each_image(std::int64_t images, std::int64_t pixels, T&& work) {
  at::parallel_for(0, images * pixels, 16, [&](std::int64_t begin, std::int64_t end) {
    for (auto n = begin / pixels; n * pixels < end; ++n) {
      work(n, std::max<std::int64_t>(begin - n * pixels, 0), std::min(end - n * pixels, pixels));
    }
  });
}

// [N,C,H,W] → [N·H'·W', C·kH·kW]
Tensor columns_of(const Tensor& x, const Window& w) {
  if (is_pointwise(w)) return pixels_of(x);
  const auto image = x.contiguous(at::MemoryFormat::ChannelsLast);
  const auto out_pixels = w.out_height * w.out_width, row = w.channels * w.taps(), in_image = w.height * w.width * w.channels;
  const auto columns = at::empty({x.size(0) * out_pixels, row}, x.options());
  const auto fill = [&]<typename T>(const T* from, T* to) {
    for_each_image(x.size(0), out_pixels, [&](std::int64_t n, std::int64_t first, std::int64_t last) {
      kernels::to_columns(from + n * in_image, w, first, last, to + n * out_pixels * row);
    });
  };
  if (x.scalar_type() == at::kFloat) {
    fill(image.const_data_ptr<float>(), columns.mutable_data_ptr<float>());
  } else {
    fill(static_cast<const std::uint16_t*>(image.const_data_ptr()), static_cast<std::uint16_t*>(columns.mutable_data_ptr()));
  }
  return columns;
}

Tensor sum_of_columns(const Tensor& columns, const Window& w, std::int64_t images) {
  if (is_pointwise(w)) return image_of(columns, images, w.height, w.width);
  const auto pixels = w.height * w.width, in_image = w.out_height * w.out_width * w.channels * w.taps();
  const auto sums = at::empty({images * pixels, w.channels}, columns.options());
  const auto fill = [&]<typename T>(const T* from, T* to) {
    for_each_image(images, pixels, [&](std::int64_t n, std::int64_t first, std::int64_t last) {
      kernels::from_columns(from + n * in_image, w, first, last, to + n * pixels * w.channels);
    });
  };
  if (columns.scalar_type() == at::kFloat) {
    fill(columns.const_data_ptr<float>(), sums.mutable_data_ptr<float>());
  } else {
    fill(static_cast<const std::uint16_t*>(columns.const_data_ptr()), static_cast<std::uint16_t*>(sums.mutable_data_ptr()));
  }
  return image_of(sums, images, w.height, w.width);
}

Tensor through_onednn(const Tensor& dy, const Tensor& x, const Tensor& weight, const onednn::ConvShape& s, int which) {
  const auto [dx, dw, db] = at::convolution_backward(dy, x, weight, std::nullopt, s.stride, s.padding, s.dilation, false,
                                                     at::IntArrayRef({0, 0}), s.groups, {which == 0, which == 1, false});
  return which == 0 ? dx : dw;
}

struct Conv2dFunction : torch::autograd::Function<Conv2dFunction> {
  static Tensor forward(AutogradContext* ctx, const Tensor& x, const Tensor& weight, const std::optional<Tensor>& bias,
                        const onednn::ConvShape& shape) {
    ctx->saved_data["with_bias"] = bias.has_value();
    ctx->saved_data["padding"] = shape.padding;
    ctx->saved_data["stride"] = shape.stride;
    ctx->save_for_backward({x, weight});
    const auto window = window_of(x, weight, shape);
    const auto w = onednn::in_type_of(x, weight), b = onednn::in_type_of(x, bias.value_or(Tensor()));
    if (!by_columns(window, x.size(0))) return onednn::conv2d(x, w, b, shape);
    return image_of(onednn::linear(columns_of(x, window), w.flatten(1), b), x.size(0), window.out_height, window.out_width);
  }

  static variable_list backward(AutogradContext* ctx, const variable_list& gradients) {
    const auto saved = ctx->get_saved_variables();
    const auto &x = saved[0], &weight = saved[1];
    const onednn::ConvShape shape{ctx->saved_data["padding"].toIntVector(), ctx->saved_data["stride"].toIntVector(), {1, 1}, 1};
    const auto window = window_of(x, weight, shape);
    const bool columns = by_columns(window, x.size(0));
    const auto dy = gradients[0].contiguous(at::MemoryFormat::ChannelsLast);
    const auto w = onednn::in_type_of(x, weight);
    variable_list out(4);
    if (ctx->needs_input_grad(0)) {
      out[0] = columns ? sum_of_columns(onednn::product(pixels_of(dy), w.flatten(1)), window, x.size(0))
                       : through_onednn(dy, x, w, shape, 0);
    }
    if (ctx->needs_input_grad(1)) {
      const auto dw = columns ? onednn::product(pixels_of(dy).t(), columns_of(x, window)).view(weight.sizes())
                              : through_onednn(dy, x, w, shape, 1);
      out[1] = dw.to(weight.scalar_type()).contiguous();
    }
    if (ctx->saved_data["with_bias"].toBool() && ctx->needs_input_grad(2)) {
      out[2] = at::sum(pixels_of(dy), 0, /*keepdim=*/false, weight.scalar_type());
    }
    return out;
  }
};

} // namespace

Tensor conv2d(const Tensor& x, const Tensor& weight, const Tensor& bias, const onednn::ConvShape& shape) {
  return Conv2dFunction::apply(x, weight, bias.defined() ? std::optional(bias) : std::nullopt, shape);
}

} // namespace cxr::nn::autograd
