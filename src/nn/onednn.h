/// @file
/// oneDNN's convolution and linear layer as LibTorch carries them for its compiler: weights packed once, activation or
/// residual fused. They are in the dispatcher only, so this file is the one place that knows their schemas.
/// On a CPU only, and they have no gradients: nn/autograd makes those.
#pragma once

#include <torch/types.h>

#include <vector>

namespace cxr::nn::onednn {

/// Whether autograd records what happens to `x`.
bool is_watched(const at::Tensor& x);

/// Whether these kernels can take `x`: a CPU tensor (float32, or bfloat16 where the processor multiplies it) that autograd does
/// not watch, in a LibTorch with oneDNN.
bool usable(const at::Tensor& x);

/// The same but for autograd, which does watch: the functions of nn/autograd can take `x`.
bool recordable(const at::Tensor& x);

/// While one lives, layers read weights as they lie instead of packing a copy: for validation in the midst of a training, where the
/// copies (as large as the network) would be of no use after the next step. Of one thread's layers.
class PlainWeights {
 public:
  PlainWeights();
  ~PlainWeights();
  PlainWeights(const PlainWeights&) = delete;
  PlainWeights& operator=(const PlainWeights&) = delete;

  static bool are_asked_for();

 private:
  bool before_;
};

/// A parameter, which may be undefined, in x's type.
at::Tensor in_type_of(const at::Tensor& x, const at::Tensor& parameter);

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

/// The product of matrices [M,K] and [K,N] of one type; either may be a transposed view.
at::Tensor product(const at::Tensor& a, const at::Tensor& b);

/// A packed copy of parameters that is made again when one of them changed. Parameters that a mapped file holds leave this
/// process's memory once they are packed: only who trains them needs both.
class PackedWeight {
 public:
  /// The copy of `weight` in the type of what it will meet; `pack` makes it of the weight in that type.
  template <typename Pack>
  at::Tensor get(const at::Tensor& weight, at::ScalarType dtype, Pack&& pack) {
    return get_all({&weight, 1}, dtype, [&] { return pack(weight.to(dtype)); });
  }
  /// The copy made of several parameters at once; `pack` takes none.
  template <typename Pack>
  at::Tensor get_all(at::TensorList sources, at::ScalarType dtype, Pack&& pack) {
    if (PlainWeights::are_asked_for()) {
      packed_ = at::Tensor(), sources_.clear();
      return pack();
    }
    if (renew(sources, dtype)) {
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
  /// Whether the parameters or the type differ from those of the last call; remembers them.
  bool renew(at::TensorList sources, at::ScalarType dtype);
  static void release(at::TensorList sources);

  at::Tensor packed_;
  std::vector<Source> sources_;
  at::ScalarType dtype_ = at::kFloat;
};

} // namespace cxr::nn::onednn
