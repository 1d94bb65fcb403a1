#include "training/adamw.h"

#include <numeric>

#include <ATen/core/grad_mode.h>

#include "core/error.h"
#include "training/shared_block.h"

namespace cxr {
namespace {

constexpr const char* kFirstMoment = "exp_avg.";
constexpr const char* kSecondMoment = "exp_avg_sq.";

bool is_decayed(const TrainedParameter& parameter, const AdamWOptions& options) {
  return !options.decay_weights_only || parameter.value.dim() > 1;
}

void take(const StateDict& state, const std::string& name, at::Tensor& into) {
  const auto found = state.find(name);
  expects(found != state.end() && found->second.sizes() == into.sizes(), "AdamW: no state {} of shape [{}]", name,
          fmt::join(into.sizes(), ","));
  into.copy_(found->second);
}

std::vector<at::Tensor> gradients_of(std::span<const TrainedParameter> parameters) {
  std::vector<at::Tensor> gradients;
  for (const auto& [name, value] : parameters) {
    expects(value.grad().defined(), "no gradient of {}", name);
    gradients.push_back(value.grad());
  }
  return gradients;
}

} // namespace

AdamW::AdamW(std::vector<TrainedParameter> parameters, AdamWOptions options) : options_(options) {
  std::map<bool, Group> groups;
  for (const auto& parameter : parameters) {
    const bool decayed = is_decayed(parameter, options);
    auto& group = groups[decayed];
    group.weight_decay = decayed ? options.weight_decay : 0;
    if (!steps_.defined()) steps_ = at::zeros({}, parameter.value.options().requires_grad(false));
    group.names.push_back(parameter.name);
    group.values.push_back(parameter.value);
    group.exp_avgs.push_back(at::zeros_like(parameter.value));
    group.exp_avg_sqs.push_back(at::zeros_like(parameter.value));
    group.steps.push_back(steps_);
  }
  for (auto& [decayed, group] : groups) groups_.push_back(std::move(group));
  std::vector<at::Tensor> exp_avgs, exp_avg_sqs;
  for (const auto& group : groups_) {
    exp_avgs.insert(exp_avgs.end(), group.exp_avgs.begin(), group.exp_avgs.end());
    exp_avg_sqs.insert(exp_avg_sqs.end(), group.exp_avg_sqs.begin(), group.exp_avg_sqs.end());
  }
  share_block(exp_avgs), share_block(exp_avg_sqs);
}

void AdamW::step(double learning_rate) {
  const at::NoGradGuard no_grad;
  if (steps_.defined()) steps_.add_(1);
  for (const auto& group : groups_) {
    std::vector<at::Tensor> gradients;
    for (std::size_t i = 0; i < group.values.size(); ++i) {
      gradients.push_back(group.values[i].grad());
      expects(gradients.back().defined(), "AdamW: {} has no gradient", group.names[i]);
    }
    at::_fused_adamw_(group.values, gradients, group.exp_avgs, group.exp_avg_sqs, /*max_exp_avg_sqs=*/{}, group.steps,
                      learning_rate, options_.beta1, options_.beta2, group.weight_decay, options_.eps, /*amsgrad=*/false,
                      /*maximize=*/false);
  }
}

StateDict AdamW::state() const {
  StateDict state;
  for (const auto& group : groups_) {
    for (std::size_t i = 0; i < group.names.size(); ++i) {
      state.emplace(kFirstMoment + group.names[i], group.exp_avgs[i]);
      state.emplace(kSecondMoment + group.names[i], group.exp_avg_sqs[i]);
    }
  }
  return state;
}

void AdamW::load(const StateDict& state, std::int64_t steps) {
  if (steps_.defined()) steps_.fill_(steps);
  for (auto& group : groups_) {
    for (std::size_t i = 0; i < group.names.size(); ++i) {
      take(state, kFirstMoment + group.names[i], group.exp_avgs[i]);
      take(state, kSecondMoment + group.names[i], group.exp_avg_sqs[i]);
    }
  }
}

std::vector<int> optimizer_owners(std::span<const TrainedParameter> parameters, int ranks) {
  std::vector<std::size_t> order(parameters.size());
  std::iota(order.begin(), order.end(), 0);
  std::ranges::stable_sort(order, std::ranges::greater{}, [&](std::size_t i) { return parameters[i].value.numel(); });
  std::vector<std::int64_t> loads(static_cast<std::size_t>(ranks), 0);
  std::vector<int> owners(parameters.size());
  for (const auto i : order) {
    const auto least = std::ranges::min_element(loads);
    *least += parameters[i].value.numel();
    owners[i] = static_cast<int>(least - loads.begin());
  }
  return owners;
}

at::Tensor grad_norm(std::span<const TrainedParameter> parameters) {
  const at::NoGradGuard no_grad;
  const auto gradients = gradients_of(parameters);
  return gradients.empty() ? at::zeros({}) : at::linalg_vector_norm(at::stack(at::_foreach_norm(gradients)));
}

void shorten_gradients(std::span<const TrainedParameter> parameters, const at::Tensor& norm, double max_norm) {
  if (max_norm == 0) return;
  const at::NoGradGuard no_grad;
  const auto scale = max_norm / (norm.to(at::kDouble) + 1e-6); // torch.nn.utils.clip_grad_norm_
  if (!norm.is_cpu()) {                                        // only the device knows whether there is anything to do
    at::_foreach_mul_(gradients_of(parameters), scale.clamp_max(1).to(at::kFloat));
  } else if (const auto known = scale.item<double>(); known < 1) {
    at::_foreach_mul_(gradients_of(parameters), known);
  }
}

} // namespace cxr
