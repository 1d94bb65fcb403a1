#include "diffusion/ddpm.h"

#include <cmath>

namespace cxr {

Ddpm::Ddpm(DdpmOptions options) : options_(std::move(options)), schedule_(options_.noise) {}

void Ddpm::set_timesteps(std::int64_t steps) {
  timesteps_ = spaced_timesteps(options_.spacing, steps, schedule_.size(), options_.steps_offset);
}

// The coefficients are float32 throughout, rounded as diffusers rounds them: 1 - ᾱ_t / ᾱ_s loses digits that show in the sample.
at::Tensor Ddpm::step(const at::Tensor& model_output, std::size_t index, const at::Tensor& sample, const at::Tensor& noise) {
  const auto t = timesteps_.at(index);
  const float alpha_bar = schedule_.alpha_bar(t);
  const float alpha_bar_next = index + 1 < timesteps_.size() ? schedule_.alpha_bar(timesteps_[index + 1]) : 1;
  const float alpha = alpha_bar / alpha_bar_next, beta = 1 - alpha;

  auto original = predicted_original(options_.prediction, model_output, sample, schedule_.at(t)); // [N,C,h,w]
  if (options_.clip > 0) original = original.clamp(-options_.clip, options_.clip);
  const float original_part = std::sqrt(alpha_bar_next) * beta / (1 - alpha_bar);
  const float sample_part = std::sqrt(alpha) * (1 - alpha_bar_next) / (1 - alpha_bar);
  const auto mean = original_part * original + sample_part * sample;
  if (t == 0) return mean;

  // diffusers' floor: the last step of "leading" spacing ends at ᾱ = 1, where the small variance is 0.
  const float small = std::max((1 - alpha_bar_next) / (1 - alpha_bar) * beta, 1e-20F);
  return mean + std::sqrt(options_.variance == DdpmVariance::kSmall ? small : beta) * noise;
}

} // namespace cxr
