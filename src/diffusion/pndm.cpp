#include "diffusion/pndm.h"

#include <cmath>

#include "core/error.h"

namespace cxr {
namespace {

constexpr std::size_t kOrder = 4; // of both methods

// Where the twelve evaluations of three Runge-Kutta steps are: both ends of each step, and twice its middle.
std::vector<std::int64_t> runge_kutta_timesteps(const std::vector<std::int64_t>& descending, std::int64_t stride) {
  std::vector<std::int64_t> timesteps;
  for (std::size_t i = 0; i + 1 < kOrder; ++i) {
    const auto middle = descending[i + 1] + stride / 2;
    for (const auto t : {descending[i], middle, middle, descending[i + 1]}) timesteps.push_back(t);
  }
  return timesteps;
}

} // namespace

Pndm::Pndm(PndmOptions options) : options_(std::move(options)), schedule_(options_.noise) {
  expects(options_.prediction != Prediction::kSample, "PNDM integrates the noise: it has no use for predictions of x_0");
}

void Pndm::set_timesteps(std::int64_t steps) {
  timesteps_ = spaced_timesteps(options_.spacing, steps, schedule_.size(), options_.steps_offset); // falling
  stride_ = schedule_.size() / steps;
  outputs_.clear();
  runge_kutta_evaluations_ = 0;
  if (options_.skip_prk_steps) {
    if (steps > 1) timesteps_.insert(timesteps_.begin() + 1, timesteps_[1]); // 981, 961, 961, 941, …
    return;
  }
  check_steps(steps, kOrder, schedule_.size());
  auto start = runge_kutta_timesteps(timesteps_, stride_);
  runge_kutta_evaluations_ = start.size();
  start.insert(start.end(), timesteps_.begin() + kOrder - 1, timesteps_.end());
  timesteps_ = std::move(start);
}

at::Tensor Pndm::step(const at::Tensor& model_output, std::size_t index, const at::Tensor& sample, const at::Tensor&) {
  return index < runge_kutta_evaluations_ ? runge_kutta_step(model_output, index, sample) : multistep(model_output, index, sample);
}

at::Tensor Pndm::runge_kutta_step(const at::Tensor& output, std::size_t index, const at::Tensor& sample) {
  const auto evaluation = index % 4;
  const auto start = timesteps_[index - evaluation];
  const auto next = timesteps_[index] - (evaluation % 2 == 0 ? stride_ / 2 : 0);
  if (evaluation == 0) {
    outputs_.push_back(output);
    start_ = sample;
    weighted_sum_ = output / 6;
  } else {
    weighted_sum_ = weighted_sum_ + output / (evaluation == 3 ? 6 : 3);
  }
  return transfer(start_, start, next, evaluation == 3 ? weighted_sum_ : output);
}

at::Tensor Pndm::multistep(const at::Tensor& output, std::size_t index, at::Tensor sample) {
  auto t = timesteps_.at(index), next = t - stride_;
  if (options_.skip_prk_steps && index == 1) { // the first step once more, with the mean of the predictions at its two ends
    next = t;
    t += stride_;
    return transfer(start_, t, next, (output + outputs_.back()) / 2);
  }
  if (index == 0) start_ = sample;
  if (outputs_.size() == kOrder) outputs_.erase(outputs_.begin());
  outputs_.push_back(output);
  return transfer(sample, t, next, combined_outputs());
}

at::Tensor Pndm::combined_outputs() const {
  const auto e = [this](std::size_t age) -> const at::Tensor& { return outputs_[outputs_.size() - 1 - age]; };
  switch (outputs_.size()) {
    case 1:
      return e(0);
    case 2:
      return (3 * e(0) - e(1)) / 2;
    case 3:
      return (23 * e(0) - 16 * e(1) + 5 * e(2)) / 12;
    default:
      return (55 * e(0) - 59 * e(1) + 37 * e(2) - 9 * e(3)) / 24;
  }
}

at::Tensor Pndm::transfer(const at::Tensor& sample, std::int64_t t, std::int64_t next, const at::Tensor& output) const {
  const float a = schedule_.alpha_bar(t);
  const float b = next >= 0 ? schedule_.alpha_bar(next) : options_.set_alpha_to_one ? 1 : schedule_.alpha_bar(0);
  const auto noise = predicted_noise(options_.prediction, output, sample, schedule_.at(t));
  const float denominator = a * std::sqrt(1 - b) + std::sqrt(a * (1 - a) * b);
  return std::sqrt(b / a) * sample - (b - a) / denominator * noise;
}

} // namespace cxr
