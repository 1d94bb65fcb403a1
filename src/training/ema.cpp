#include "training/ema.h"

#include "core/error.h"
#include "training/shared_block.h"

namespace cxr {

Ema::Ema(const std::vector<TrainedParameter>& parameters, double decay) : parameters_(parameters), decay_(decay) {
  expects(decay > 0 && decay < 1, "Ema: a decay of {}", decay);
  std::vector<at::Tensor> averages;
  for (const auto& [name, value] : parameters_) averages.push_back(values_.emplace(name, value.detach().clone()).first->second);
  share_block(averages);
}

void Ema::update(std::int64_t step) {
  const auto n = static_cast<double>(step);
  const auto decay = step == 0 ? 0 : std::min(decay_, (1 + n) / (10 + n));
  std::vector<at::Tensor> averages, values;
  for (const auto& [name, value] : parameters_) {
    averages.push_back(values_.at(name));
    values.push_back(value.detach());
  }
  at::_foreach_lerp_(averages, values, 1 - decay);
}

void Ema::load(const StateDict& values) {
  for (auto& [name, average] : values_) {
    const auto found = values.find(name);
    expects(found != values.end(), "Ema: no average of {}", name);
    average.copy_(found->second);
  }
}

} // namespace cxr
