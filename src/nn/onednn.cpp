#include "nn/onednn.h"

#include <ATen/Context.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/cpu/Utils.h>

#include <utility>

#include "core/memory.h"

namespace cxr::nn::onednn {
namespace {

using at::Tensor;
using Scalars = c10::List<std::optional<at::Scalar>>;
using MaybeText = std::optional<std::string_view>;

template <typename Signature>
auto find(const char* name, const char* overload = "") {
  return c10::Dispatcher::singleton().findSchemaOrThrow(name, overload).typed<Signature>();
}

const char* attribute(Fused fused) {
  switch (fused) {
    case Fused::kNone:
      return "none";
    case Fused::kRelu:
      return "relu";
    case Fused::kGelu:
    case Fused::kGeluTanh:
      return "gelu";
    case Fused::kSwish:
      return "swish";
  }
  return "none";
}

// GELU's two forms are one attribute with an algorithm.
MaybeText algorithm(Fused fused) {
  if (fused == Fused::kGelu) return "none";
  if (fused == Fused::kGeluTanh) return "tanh";
  return std::nullopt;
}

std::optional<Tensor> maybe(const Tensor& tensor) { return tensor.defined() ? std::optional<Tensor>(tensor) : std::nullopt; }

Tensor linear_with(const Tensor& x, const Tensor& other, const Tensor& weight, const Tensor& bias, const char* operation) {
  using Signature = Tensor(const Tensor&, const Tensor&, const Tensor&, const std::optional<Tensor>&, std::string_view);
  static const auto op = find<Signature>("mkldnn::_linear_pointwise", "binary");
  return op.call(x, other, weight, maybe(bias), operation);
}

bool is_supported(const Tensor& x) {
  static const bool has_onednn = at::hasMKLDNN();
  static const bool has_bf16 = at::cpu::is_avx512_vnni_supported();
  if (!has_onednn || !x.is_cpu() || !at::globalContext().userEnabledMkldnn()) return false;
  return x.scalar_type() == at::kFloat || (x.scalar_type() == at::kBFloat16 && has_bf16);
}

thread_local bool plain_weights = false;

} // namespace

bool is_watched(const Tensor& x) { return at::GradMode::is_enabled() && !x.is_inference(); }

bool usable(const Tensor& x) { return !is_watched(x) && is_supported(x); }

bool recordable(const Tensor& x) { return is_watched(x) && is_supported(x); }

Tensor in_type_of(const Tensor& x, const Tensor& parameter) {
  return parameter.defined() ? parameter.to(x.scalar_type()) : parameter;
}

PlainWeights::PlainWeights() : before_(std::exchange(plain_weights, true)) {}
PlainWeights::~PlainWeights() { plain_weights = before_; }
bool PlainWeights::are_asked_for() { return plain_weights; }

Tensor pack_conv_weight(const Tensor& weight, const ConvShape& shape, at::IntArrayRef input_size) {
  if (PlainWeights::are_asked_for()) return weight.contiguous();
  using Signature =
      Tensor(const Tensor&, c10::SymIntArrayRef, c10::SymIntArrayRef, c10::SymIntArrayRef, c10::SymInt, at::OptionalSymIntArrayRef);
  static const auto op = find<Signature>("mkldnn::_reorder_convolution_weight");
  return op.call(weight.contiguous(), c10::fromIntArrayRefSlow(shape.padding), c10::fromIntArrayRefSlow(shape.stride),
                 c10::fromIntArrayRefSlow(shape.dilation), shape.groups, c10::fromIntArrayRefSlow(input_size));
}

Tensor conv2d(const Tensor& x, const Tensor& weight, const Tensor& bias, const ConvShape& shape, Fused fused) {
  using Signature = Tensor(const Tensor&, const Tensor&, const std::optional<Tensor>&, at::IntArrayRef, at::IntArrayRef,
                           at::IntArrayRef, std::int64_t, std::string_view, Scalars, MaybeText);
  static const auto op = find<Signature>("mkldnn::_convolution_pointwise");
  return op.call(x.contiguous(at::MemoryFormat::ChannelsLast), weight, maybe(bias), shape.padding, shape.stride, shape.dilation,
                 shape.groups, attribute(fused), Scalars(), std::nullopt);
}

Tensor conv2d_add_(const Tensor& x, Tensor residual, const Tensor& weight, const Tensor& bias, const ConvShape& shape) {
  using Signature =
      Tensor&(Tensor&, const Tensor&, const Tensor&, const std::optional<Tensor>&, at::IntArrayRef, at::IntArrayRef,
              at::IntArrayRef, std::int64_t, std::string_view, std::optional<at::Scalar>, MaybeText, Scalars, MaybeText);
  static const auto op = find<Signature>("mkldnn::_convolution_pointwise_", "binary");
  op.call(residual, x.contiguous(at::MemoryFormat::ChannelsLast), weight, maybe(bias), shape.padding, shape.stride, shape.dilation,
          shape.groups, "add", at::Scalar(1.0), std::nullopt, Scalars(), std::nullopt);
  return residual;
}

Tensor pack_linear_weight(const Tensor& weight) {
  if (PlainWeights::are_asked_for()) return weight.contiguous();
  constexpr std::int64_t kRows = 2048;
  using Signature = Tensor(const Tensor&, std::optional<c10::SymInt>);
  static const auto op = find<Signature>("mkldnn::_reorder_linear_weight");
  return op.call(weight.contiguous(), c10::SymInt(kRows));
}

Tensor linear(const Tensor& x, const Tensor& weight, const Tensor& bias, Fused fused) {
  using Signature = Tensor(const Tensor&, const Tensor&, const std::optional<Tensor>&, std::string_view, Scalars, MaybeText);
  static const auto op = find<Signature>("mkldnn::_linear_pointwise");
  return op.call(x, weight, maybe(bias), attribute(fused), Scalars(), algorithm(fused));
}

Tensor linear_add(const Tensor& x, const Tensor& residual, const Tensor& weight, const Tensor& bias) {
  return linear_with(x, residual, weight, bias, "add");
}

Tensor linear_multiply(const Tensor& x, const Tensor& factor, const Tensor& weight, const Tensor& bias) {
  return linear_with(x, factor, weight, bias, "mul");
}

Tensor product(const Tensor& a, const Tensor& b) {
  // MKL, which at::mm takes in float32, reaches half of oneDNN's rate on AMD; in bfloat16 both go to oneDNN.
  return a.scalar_type() == at::kFloat ? linear(a, b.t(), Tensor()) : at::mm(a, b);
}

bool PackedWeight::renew(at::TensorList sources, at::ScalarType dtype) {
  std::vector<Source> now;
  for (const auto& s : sources) now.push_back({s.const_data_ptr(), s.is_inference() ? 0 : s._version(), s.scalar_type()});
  const bool changed = now != sources_ || dtype != dtype_;
  if (changed) sources_ = std::move(now), dtype_ = dtype;
  return changed;
}

void PackedWeight::release(at::TensorList sources) {
  for (const auto& s : sources) {
    if (s.is_cpu() && s.is_contiguous()) release_file_pages(s.const_data_ptr(), s.nbytes());
  }
}

} // namespace cxr::nn::onednn
