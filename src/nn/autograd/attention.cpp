#include "nn/autograd/attention.h"

#include <torch/csrc/autograd/custom_function.h>

#include "nn/fused_attention.h"

namespace cxr::nn::autograd {
namespace {

using at::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

struct AttentionFunction : torch::autograd::Function<AttentionFunction> {
  static Tensor forward(AutogradContext* ctx, const Tensor& q, const Tensor& k, const Tensor& v, std::int64_t heads) {
    auto attended = fused_attention(q, k, v, heads);
    ctx->save_for_backward({q, k, v, attended.out});
    ctx->saved_data["log_sums"] = attended.log_sums;
    ctx->saved_data["heads"] = heads;
    return attended.out;
  }

  static variable_list backward(AutogradContext* ctx, const variable_list& gradients) {
    const auto saved = ctx->get_saved_variables();
    const Attended attended{saved[3], ctx->saved_data["log_sums"].toTensor()};
    const auto d = fused_attention_gradient(saved[0], saved[1], saved[2], ctx->saved_data["heads"].toInt(), attended, gradients[0]);
    return {d.q, d.k, d.v, Tensor()};
  }
};

} // namespace

Tensor attention(const Tensor& q, const Tensor& k, const Tensor& v, std::int64_t heads) {
  return AttentionFunction::apply(q, k, v, heads);
}

} // namespace cxr::nn::autograd
