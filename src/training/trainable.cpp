#include "training/trainable.h"

namespace cxr {

std::vector<TrainedParameter> make_trainable(torch::nn::Module& module) {
  std::vector<TrainedParameter> parameters;
  for (auto& [name, value] : module.named_parameters().pairs()) {
    value.set_data(value.detach().to(at::kFloat, /*non_blocking=*/false, /*copy=*/true));
    value.requires_grad_(true);
    parameters.push_back({name, value});
  }
  return parameters;
}

void count_changes(std::span<const TrainedParameter> parameters) {
  for (const auto& parameter : parameters) parameter.value.unsafeGetTensorImpl()->bump_version();
}

StateDict values_of(std::span<const TrainedParameter> parameters) {
  StateDict values;
  for (const auto& [name, value] : parameters) values.emplace(name, value.detach());
  return values;
}

} // namespace cxr
