#include "dist/gradient_arrivals.h"

#include <stdexcept>

#include <torch/csrc/autograd/function.h>
#include <torch/csrc/autograd/utils/lambda_post_hook.h>
#include <torch/csrc/autograd/variable.h>

#include <fmt/ranges.h>

namespace cxr {

using torch::autograd::variable_list;
using torch::autograd::utils::LambdaPostHook;

GradientArrivals::GradientArrivals(std::vector<NamedParameter> parameters)
    : parameters_(std::move(parameters)), has_come_(parameters_.size(), false) {
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    auto node = torch::autograd::impl::grad_accumulator(parameters_[i].value);
    const auto key =
        node->add_post_hook(std::make_unique<LambdaPostHook>([this, i](const variable_list& outputs, const variable_list&) {
          came(i);
          return outputs;
        }));
    hooks_.push_back({std::move(node), key});
  }
}

GradientArrivals::~GradientArrivals() {
  for (const auto& hook : hooks_) hook.node->del_post_hook(hook.key);
}

void GradientArrivals::begin() {
  has_come_.assign(parameters_.size(), false);
  order_.clear();
}

void GradientArrivals::came(std::size_t parameter) {
  if (has_come_[parameter])
    throw std::runtime_error(fmt::format("training: a second gradient of {} in one backward", shown(parameter)));
  has_come_[parameter] = true;
  order_.push_back(static_cast<std::int64_t>(parameter));
  since_last_.restart();
}

void GradientArrivals::check_all_came() const {
  if (order_.size() == parameters_.size()) return;
  const auto first = std::ranges::find(has_come_, false) - has_come_.begin();
  throw std::runtime_error(fmt::format("training: the loss does not depend on {} ({} of {} parameters in all)",
                                       shown(static_cast<std::size_t>(first)), parameters_.size() - order_.size(),
                                       parameters_.size()));
}

std::string GradientArrivals::shown(std::size_t parameter) const {
  const auto& [name, value] = parameters_[parameter];
  return fmt::format("{} [{}]", name, fmt::join(value.sizes(), ","));
}

} // namespace cxr
