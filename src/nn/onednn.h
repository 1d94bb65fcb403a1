/// @file
/// oneDNN's convolution and linear layer as LibTorch carries them for its compiler: weights packed once, activation or
/// residual fused. They are in the dispatcher only, so this file is the one place that knows their schemas.
/// Inference on a CPU only: they have no gradients.
#pragma once

#include <torch/types.h>

#include <vector>

namespace cxr::nn::onednn {

/// Whether autograd records what happens to `x`.
bool is_watched(const at::Tensor& x);

/// Whether these kernels can take `x`: a CPU tensor (float32, or bfloat16 where the processor multiplies it) that autograd does
/// not watch, in a LibTorch with oneDNN.
bool usable(const at::Tensor& x);

/// What follows the product, inside the same kernel: GELU with erf or with tanh, swish(x) = x · sigmoid(x).
enum class Fused { kNone, kRelu, kGelu, kGeluTanh, kSwish };

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

/// Weights [O,I] packed for some two thousand rows, however many come: a weight packed for a few rows sums in another order, and
/// the results would depend on which batch came first.
at::Tensor pack_linear_weight(const at::Tensor& weight);

/// @param x [...,I]  @param weight packed or plain [O,I]  @param bias [O] or undefined  @return [...,O]
at::Tensor linear(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, Fused fused = Fused::kNone);

/// linear(x) + residual, added inside the kernel. @param residual [...,O], as contiguous as x
at::Tensor linear_add(const at::Tensor& x, const at::Tensor& residual, const at::Tensor& weight, const at::Tensor& bias);

/// linear(x) · factor, element by element, multiplied inside the kernel. @param factor [...,O], as contiguous as x
at::Tensor linear_multiply(const at::Tensor& x, const at::Tensor& factor, const at::Tensor& weight, const at::Tensor& bias);

/// A packed copy of parameters that is made again when one of them changed. Parameters that a mapped file holds leave this
/// process's memory once they are packed: only who trains them needs both.
class PackedWeight {
 public:
  /// The copy for `weight`; `pack` makes it.
  template <typename Pack>
  const at::Tensor& get(const at::Tensor& weight, Pack&& pack) {
    if (renew({&weight, 1})) {
      packed_ = pack(weight);
      release({&weight, 1});
    }
    return packed_;
  }
  /// The copy made of several parameters at once; `pack` takes none.
  template <typename Pack>
  const at::Tensor& get_all(at::TensorList sources, Pack&& pack) {
    if (renew(sources)) {
      packed_ = pack();
      release(sources);
    }
    return packed_;
  }

 private:
  struct Source {
    const void* data;
    std::int64_t version;
    at::ScalarType dtype;
    bool operator==(const Source&) const = default;
  };
  /// Whether the parameters differ from those of the last call; remembers them.
  bool renew(at::TensorList sources);
  static void release(at::TensorList sources);

  at::Tensor packed_;
  std::vector<Source> sources_;
};

} // namespace cxr::nn::onednn
