/// @file
/// oneDNN's convolution and linear layer as LibTorch carries them for its compiler: weights packed once, activation or
/// residual fused. They are in the dispatcher only, so this file is the one place that knows their schemas.
/// Inference on a CPU only: they have no gradients.
#pragma once

#include <torch/types.h>

#include <vector>

namespace cxr::nn::onednn {

/// Whether these kernels can take `x`: a CPU tensor (float32, or bfloat16 where the processor multiplies it) that autograd does
/// not watch, in a LibTorch with oneDNN.
bool usable(const at::Tensor& x);

/// What follows the product, inside the same kernel.
enum class Fused { kNone, kRelu };

struct ConvShape {
  std::vector<std::int64_t> padding, stride, dilation;
  std::int64_t groups = 1;
};

/// Weights [O,I/groups,kH,kW] in the layout that oneDNN prefers for an input of `input_size`.
at::Tensor pack_conv_weight(const at::Tensor& weight, const ConvShape& shape, at::IntArrayRef input_size);

/// @param x [N,I,H,W]  @param weight packed or plain  @param bias [O] or undefined  @return [N,O,H',W'], channels last
at::Tensor conv2d(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, const ConvShape& shape,
                  Fused fused = Fused::kNone);

/// conv2d(x) + residual, added inside the kernel and written over `residual` [N,O,H',W'] (channels last), which is returned.
at::Tensor conv2d_add_(const at::Tensor& x, at::Tensor residual, const at::Tensor& weight, const at::Tensor& bias,
                       const ConvShape& shape);

/// Weights [O,I] packed for batches of `rows`.
at::Tensor pack_linear_weight(const at::Tensor& weight, std::int64_t rows);

/// @param x [...,I]  @param weight packed or plain [O,I]  @param bias [O] or undefined  @return [...,O]
at::Tensor linear(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, Fused fused = Fused::kNone);

/// A packed copy of a parameter that is made again when the parameter changed.
class PackedWeight {
 public:
  /// The copy for `weight`; `pack` makes it.
  template <typename Pack>
  const at::Tensor& get(const at::Tensor& weight, Pack&& pack) {
    const auto version = weight.is_inference() ? 0 : weight._version();
    if (source_ != weight.const_data_ptr() || version_ != version || dtype_ != weight.scalar_type()) {
      packed_ = pack(weight);
      source_ = weight.const_data_ptr();
      version_ = version;
      dtype_ = weight.scalar_type();
    }
    return packed_;
  }

 private:
  at::Tensor packed_;
  const void* source_ = nullptr;
  std::int64_t version_ = -1;
  at::ScalarType dtype_ = at::kFloat;
};

} // namespace cxr::nn::onednn
