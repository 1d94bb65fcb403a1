#include "diffusion/ddim.h"

#include <cmath>

namespace cxr {

Ddim::Ddim(DdimOptions options) : options_(std::move(options)), schedule_(options_.noise) {}

void Ddim::set_timesteps(std::int64_t steps) {
  timesteps_ = spaced_timesteps(options_.spacing, steps, schedule_.size(), options_.steps_offset);
  stride_ = schedule_.size() / steps;
}

at::Tensor Ddim::step(const at::Tensor& model_output, std::size_t index, const at::Tensor& sample, const at::Tensor& noise) {
  const auto t = timesteps_.at(index), next = t - stride_;
  const float alpha_bar = schedule_.alpha_bar(t);
  const float alpha_bar_next = next >= 0 ? schedule_.alpha_bar(next) : options_.set_alpha_to_one ? 1 : schedule_.alpha_bar(0);

  const auto at = schedule_.at(t);
  auto original = predicted_original(options_.prediction, model_output, sample, at); // [N,C,h,w]
  if (options_.clip > 0) original = original.clamp(-options_.clip, options_.clip);
  const auto direction = predicted_noise(options_.prediction, model_output, sample, at);

  const float variance = (1 - alpha_bar_next) / (1 - alpha_bar) * (1 - alpha_bar / alpha_bar_next); // equation 16
  const float sigma = static_cast<float>(options_.eta) * std::sqrt(variance);
  const auto mean = std::sqrt(alpha_bar_next) * original + std::sqrt(1 - alpha_bar_next - sigma * sigma) * direction;
  return sigma > 0 ? mean + sigma * noise : mean;
}

} // namespace cxr
