#include "nn/autograd/checkpoint.h"

#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/custom_function.h>

#include "nn/onednn.h"

namespace cxr::nn::autograd {
namespace {

using at::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

struct Recomputed : torch::CustomClassHolder {
  std::function<Tensor(const Tensors&)> function;
  std::size_t inputs = 0;
};

struct CheckpointFunction : torch::autograd::Function<CheckpointFunction> {
  static Tensor forward(AutogradContext* ctx, std::function<Tensor(const Tensors&)> function, at::TensorList inputs,
                        at::TensorList parameters) {
    auto kept = inputs.vec();
    kept.insert(kept.end(), parameters.begin(), parameters.end());
    ctx->save_for_backward(std::move(kept));
    const auto recomputed = c10::make_intrusive<Recomputed>();
    recomputed->function = std::move(function), recomputed->inputs = inputs.size();
    const onednn::PlainWeights no_packed_copies; // they would be as large as what is saved, and new each step
    ctx->saved_data["recomputed"] = c10::IValue::make_capsule(recomputed);
    return recomputed->function(inputs.vec());
  }

  static variable_list backward(AutogradContext* ctx, const variable_list& gradients) {
    const auto capsule = ctx->saved_data["recomputed"].toCapsule();
    const auto& recomputed = static_cast<const Recomputed&>(*capsule);
    auto leaves = ctx->get_saved_variables(); // inputs, then parameters
    variable_list wanted;
    for (std::size_t i = 0; i < leaves.size(); ++i) {
      if (i < recomputed.inputs) leaves[i] = leaves[i].detach().requires_grad_(ctx->needs_input_grad(i));
      if (ctx->needs_input_grad(i)) wanted.push_back(leaves[i]);
    }
    const at::AutoGradMode on(true);
    const auto y = recomputed.function({leaves.begin(), leaves.begin() + static_cast<std::ptrdiff_t>(recomputed.inputs)});
    variable_list out(1 + leaves.size());
    if (!y.requires_grad()) return out; // nothing that wants a gradient was used
    const auto found = torch::autograd::grad({y}, wanted, gradients, /*retain_graph=*/std::nullopt, /*create_graph=*/false,
                                             /*allow_unused=*/true);
    for (std::size_t i = 0, next = 0; i < leaves.size(); ++i) {
      if (ctx->needs_input_grad(i)) out[1 + i] = found[next++];
    }
    return out;
  }
};

} // namespace

Tensor checkpoint(std::function<Tensor(const Tensors&)> function, const Tensors& inputs, const Tensors& parameters) {
  // Lists of this type only are searched for variables: a vector's gradients would be lost without a word.
  return CheckpointFunction::apply(std::move(function), at::TensorList(inputs), at::TensorList(parameters));
}

} // namespace cxr::nn::autograd
