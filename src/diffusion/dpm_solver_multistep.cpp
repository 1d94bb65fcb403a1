#include "diffusion/dpm_solver_multistep.h"

#include <cmath>
#include <functional>

#include "core/error.h"

namespace cxr {
namespace {

// With zero terminal SNR the first λ would be -∞: diffusers puts the smallest float16 in place of ᾱ = 0.
constexpr float kSmallestAlphaBar = 0x1p-24F;

std::vector<float> sigmas_of(const NoiseSchedule& schedule, bool zero_terminal_snr) {
  std::vector<float> sigmas;
  for (std::int64_t t = 0; t < schedule.size(); ++t) {
    const bool last = t + 1 == schedule.size();
    const float alpha_bar = zero_terminal_snr && last ? kSmallestAlphaBar : schedule.alpha_bar(t);
    sigmas.push_back(std::sqrt((1 - alpha_bar) / alpha_bar));
  }
  return sigmas;
}

// Where `sigma` lies among the rising logarithms of the training's noise levels, between two timesteps.
double timestep_of(double sigma, const std::vector<float>& train_sigmas) {
  const double wanted = std::log(std::max(sigma, 1e-10));
  const auto above = std::ranges::upper_bound(train_sigmas, wanted, {}, [](float s) { return static_cast<double>(std::log(s)); });
  const auto low = std::clamp<std::int64_t>(above - train_sigmas.begin() - 1, 0, std::ssize(train_sigmas) - 2);
  const double low_log = std::log(train_sigmas[low]), high_log = std::log(train_sigmas[low + 1]);
  const double weight = std::clamp((low_log - wanted) / (low_log - high_log), 0.0, 1.0);
  return (1 - weight) * static_cast<double>(low) + weight * static_cast<double>(low + 1);
}

} // namespace

DpmSolverMultistep::DpmSolverMultistep(DpmSolverOptions options)
    : options_(std::move(options)),
      schedule_(options_.noise),
      train_sigmas_(sigmas_of(schedule_, options_.noise.zero_terminal_snr)) {}

std::int64_t DpmSolverMultistep::usable_timesteps() const {
  const auto too_noisy = [this](float sigma) { // λ = log(signal) - log(noise), float32 as in diffusers
    const float signal = std::sqrt(1 / (sigma * sigma + 1));
    return std::log(signal) - std::log(sigma * signal) < options_.lambda_min_clipped;
  };
  return schedule_.size() - std::ranges::count_if(train_sigmas_, too_noisy);
}

void DpmSolverMultistep::set_spaced_levels(std::int64_t steps) {
  const auto usable = usable_timesteps();
  if (options_.spacing == TimestepSpacing::kTrailing) {
    timesteps_ = trailing_timesteps(steps, schedule_.size(), usable);
  } else { // one more than asked for: the last would be timestep 0
    check_steps(steps, 1, usable - 1);
    timesteps_ = spaced_timesteps(options_.spacing, steps + 1, usable, options_.steps_offset);
    timesteps_.pop_back();
  }
  for (const auto t : timesteps_) sigmas_.push_back(train_sigmas_.at(static_cast<std::size_t>(t)));
}

void DpmSolverMultistep::set_karras_levels(std::int64_t steps) {
  constexpr double kRho = 7;
  const double low = std::pow(train_sigmas_.front(), 1 / kRho), high = std::pow(train_sigmas_.back(), 1 / kRho);
  for (std::int64_t i = 0; i < steps; ++i) {
    const double ramp = steps > 1 ? static_cast<double>(i) / static_cast<double>(steps - 1) : 0;
    const double sigma = std::pow(high + ramp * (low - high), kRho);
    const double t = timestep_of(sigma, train_sigmas_);
    timesteps_.push_back(static_cast<std::int64_t>(options_.noise.beta_schedule == "squaredcos_cap_v2" ? t : std::nearbyint(t)));
    sigmas_.push_back(static_cast<float>(sigma));
  }
}

void DpmSolverMultistep::set_timesteps(std::int64_t steps) {
  check_steps(steps, 1, schedule_.size());
  timesteps_.clear();
  sigmas_.clear();
  originals_.clear();
  if (options_.karras) {
    set_karras_levels(steps);
  } else {
    set_spaced_levels(steps);
  }
  if (std::ranges::adjacent_find(sigmas_, std::less_equal<>()) != sigmas_.end()) {
    throw InputError("--steps", "", "fewer: these have the same noise twice", fmt::format("{}", steps));
  }
  sigmas_.push_back(options_.end_at_sigma_min ? train_sigmas_.front() : 0);
}

DpmSolverMultistep::Level DpmSolverMultistep::level(std::size_t index) const {
  const float sigma = sigmas_.at(index), signal = 1 / std::sqrt(sigma * sigma + 1), noise = sigma * signal;
  return {signal, noise, std::log(signal) - std::log(noise)};
}

// Up to how many predictions there are; the last steps are lower where the solver would overshoot.
std::int64_t DpmSolverMultistep::order_at(std::size_t index) const {
  const auto steps = std::ssize(timesteps_), left = steps - static_cast<std::int64_t>(index);
  const bool few = options_.lower_order_final && steps < 15;
  if (left == 1 && (options_.euler_at_final || few || !options_.end_at_sigma_min)) return 1;
  return std::min(std::ssize(originals_), left == 2 && few ? std::int64_t{2} : options_.solver_order);
}

at::Tensor DpmSolverMultistep::step(const at::Tensor& model_output, std::size_t index, const at::Tensor& sample,
                                    const at::Tensor&) {
  const auto here = level(index);
  if (std::ssize(originals_) == options_.solver_order) originals_.pop_back();
  originals_.insert(originals_.begin(), predicted_original(options_.prediction, model_output, sample, {here.signal, here.noise}));
  switch (order_at(index)) {
    case 1:
      return first_order(index, sample);
    case 2:
      return second_order(index, sample);
    default:
      return third_order(index, sample);
  }
}

at::Tensor DpmSolverMultistep::first_order(std::size_t index, const at::Tensor& sample) const {
  const auto here = level(index), next = level(index + 1);
  const float decay = std::exp(here.lambda - next.lambda) - 1;
  return next.noise / here.noise * sample - next.signal * decay * originals_[0];
}

at::Tensor DpmSolverMultistep::second_order(std::size_t index, const at::Tensor& sample) const {
  const auto before = level(index - 1), here = level(index), next = level(index + 1);
  const float h = next.lambda - here.lambda, decay = std::exp(-h) - 1;
  const float ratio = (here.lambda - before.lambda) / h;
  const auto slope = (originals_[0] - originals_[1]) / ratio;
  const float weight = options_.heun ? next.signal * (decay / h + 1) : -0.5F * next.signal * decay;
  return next.noise / here.noise * sample - next.signal * decay * originals_[0] + weight * slope;
}

at::Tensor DpmSolverMultistep::third_order(std::size_t index, const at::Tensor& sample) const {
  const auto oldest = level(index - 2), before = level(index - 1), here = level(index), next = level(index + 1);
  const float h = next.lambda - here.lambda, decay = std::exp(-h) - 1;
  const float r0 = (here.lambda - before.lambda) / h, r1 = (before.lambda - oldest.lambda) / h;
  const auto newer = (originals_[0] - originals_[1]) / r0, older = (originals_[1] - originals_[2]) / r1;
  const auto slope = newer + r0 / (r0 + r1) * (newer - older);
  const auto curvature = (newer - older) / (r0 + r1);
  return next.noise / here.noise * sample - next.signal * decay * originals_[0] + next.signal * (decay / h + 1) * slope -
         next.signal * ((decay + h) / (h * h) - 0.5F) * curvature;
}

} // namespace cxr
