#include "diffusion/noise_schedule.h"

#include <cmath>
#include <numbers>

#include "core/error.h"
#include "nn/transfer.h"

namespace cxr {
namespace {

// β of the cosine schedule: 1 - ᾱ(t + 1/T) / ᾱ(t), at most 0.999, for ᾱ(t) = cos²((t + 0.008) / 1.008 · π / 2).
at::Tensor cosine_betas(std::int64_t count) {
  const auto alpha_bar = [count](std::int64_t i) {
    const double c = std::cos((static_cast<double>(i) / static_cast<double>(count) + 0.008) / 1.008 * std::numbers::pi / 2);
    return c * c;
  };
  const auto betas = at::empty({count}, at::kFloat);
  for (std::int64_t i = 0; i < count; ++i) {
    betas.data_ptr<float>()[i] = static_cast<float>(std::min(1 - alpha_bar(i + 1) / alpha_bar(i), 0.999));
  }
  return betas;
}

at::Tensor betas_of(const NoiseScheduleOptions& o) {
  if (!o.trained_betas.empty()) return at::tensor(o.trained_betas, at::kDouble).to(at::kFloat);
  if (o.beta_schedule == "linear") return at::linspace(o.beta_start, o.beta_end, o.train_timesteps, at::kFloat);
  if (o.beta_schedule == "scaled_linear") {
    return at::linspace(std::sqrt(o.beta_start), std::sqrt(o.beta_end), o.train_timesteps, at::kFloat).square();
  }
  expects(o.beta_schedule == "squaredcos_cap_v2", "no beta schedule {}", o.beta_schedule);
  return cosine_betas(o.train_timesteps);
}

// √ᾱ moved so that the last is 0 and the first stays as it is.
at::Tensor with_zero_terminal_snr(const at::Tensor& betas) {
  auto root = (1 - betas).cumprod(0).sqrt();
  const auto first = root[0], last = root[-1];
  root = (root - last) * (first / (first - last));
  const auto alpha_bar = root.square();
  return 1 - at::cat({alpha_bar.slice(0, 0, 1), alpha_bar.slice(0, 1) / alpha_bar.slice(0, 0, -1)});
}

// √ᾱ and √(1 - ᾱ) of each sample, [N,1,…] like `like`.
std::pair<at::Tensor, at::Tensor> roots(const at::Tensor& alphas_cumprod, const at::Tensor& timesteps, const at::Tensor& like) {
  std::vector<std::int64_t> shape(like.dim(), 1);
  shape[0] = timesteps.numel();
  const auto alpha_bar = nn::upload(alphas_cumprod.index_select(0, timesteps), like.device(), like.scalar_type()).view(shape);
  return {alpha_bar.sqrt(), (1 - alpha_bar).sqrt()};
}

} // namespace

NoiseSchedule::NoiseSchedule(const NoiseScheduleOptions& options) {
  auto betas = betas_of(options);
  if (options.zero_terminal_snr) betas = with_zero_terminal_snr(betas);
  alphas_cumprod_ = (1 - betas).cumprod(0);
  values_.assign(alphas_cumprod_.const_data_ptr<float>(), alphas_cumprod_.const_data_ptr<float>() + alphas_cumprod_.numel());
}

SignalAndNoise NoiseSchedule::at(std::int64_t t) const { return {std::sqrt(alpha_bar(t)), std::sqrt(1 - alpha_bar(t))}; }

at::Tensor NoiseSchedule::add_noise(const at::Tensor& original, const at::Tensor& noise, const at::Tensor& timesteps) const {
  const auto [signal, scale] = roots(alphas_cumprod_, timesteps, original);
  return signal * original + scale * noise;
}

at::Tensor NoiseSchedule::velocity(const at::Tensor& original, const at::Tensor& noise, const at::Tensor& timesteps) const {
  const auto [signal, scale] = roots(alphas_cumprod_, timesteps, original);
  return signal * noise - scale * original;
}

} // namespace cxr
