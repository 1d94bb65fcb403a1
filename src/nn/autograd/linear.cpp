#include "nn/autograd/linear.h"

#include <torch/csrc/autograd/custom_function.h>

#include "nn/geglu.h"
#include "nn/onednn.h"

namespace cxr::nn::autograd {
namespace {

using at::Tensor;
using onednn::in_type_of;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

Tensor rows_of(const Tensor& x) { return x.reshape({-1, x.size(-1)}); }

bool wants_bias(AutogradContext* ctx) { return ctx->saved_data["with_bias"].toBool() && ctx->needs_input_grad(2); }

std::optional<Tensor> given(const Tensor& bias) { return bias.defined() ? std::optional(bias) : std::nullopt; }

// @param x [T,I]  @param dy [T,O]
Tensor weight_gradient(const Tensor& x, const Tensor& dy, const Tensor& weight) {
  return onednn::product(dy.t(), x).to(weight.scalar_type());
}

struct LinearFunction : torch::autograd::Function<LinearFunction> {
  static Tensor forward(AutogradContext* ctx, const Tensor& x, const Tensor& weight, const std::optional<Tensor>& bias) {
    ctx->saved_data["with_bias"] = bias.has_value();
    ctx->save_for_backward({weight.requires_grad() ? x : Tensor(), weight});
    return onednn::linear(x, in_type_of(x, weight), in_type_of(x, bias.value_or(Tensor())));
  }

  static variable_list backward(AutogradContext* ctx, const variable_list& gradients) {
    const auto saved = ctx->get_saved_variables();
    const auto& weight = saved[1];
    const auto dy = rows_of(gradients[0]);
    variable_list out(3);
    if (ctx->needs_input_grad(0)) {
      auto shape = gradients[0].sizes().vec();
      shape.back() = weight.size(1);
      out[0] = onednn::product(dy, in_type_of(dy, weight)).view(shape);
    }
    if (ctx->needs_input_grad(1)) out[1] = weight_gradient(rows_of(saved[0]), dy, weight);
    if (wants_bias(ctx)) out[2] = at::sum(dy, 0, /*keepdim=*/false, weight.scalar_type());
    return out;
  }
};

struct GegluLinearFunction : torch::autograd::Function<GegluLinearFunction> {
  static Tensor forward(AutogradContext* ctx, const Tensor& x, const Tensor& weight, const std::optional<Tensor>& bias) {
    ctx->saved_data["with_bias"] = bias.has_value();
    ctx->save_for_backward({x, weight});
    return onednn::linear(geglu(x), in_type_of(x, weight), in_type_of(x, bias.value_or(Tensor())));
  }

  static variable_list backward(AutogradContext* ctx, const variable_list& gradients) {
    const auto saved = ctx->get_saved_variables();
    const auto &x = saved[0], &weight = saved[1];
    const auto dy = rows_of(gradients[0]);
    variable_list out(3);
    if (ctx->needs_input_grad(1)) out[1] = weight_gradient(rows_of(geglu(x)), dy, weight);
    if (wants_bias(ctx)) out[2] = at::sum(dy, 0, /*keepdim=*/false, weight.scalar_type());
    if (ctx->needs_input_grad(0)) out[0] = geglu_gradient(x, onednn::product(dy, in_type_of(dy, weight)));
    return out;
  }
};

} // namespace

Tensor linear(const Tensor& x, const Tensor& weight, const Tensor& bias) { return LinearFunction::apply(x, weight, given(bias)); }

Tensor geglu_linear(const Tensor& x, const Tensor& weight, const Tensor& bias) {
  return GegluLinearFunction::apply(x, weight, given(bias));
}

} // namespace cxr::nn::autograd
