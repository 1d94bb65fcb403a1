#include "nn/timestep_embedding.h"

namespace cxr::nn {

at::Tensor timestep_embedding(const at::Tensor& timesteps, std::int64_t channels, bool flip_sin_to_cos, double freq_shift) {
  constexpr double kMaxPeriod = 10000;
  const auto half = channels / 2;
  const auto numbers = at::arange(half, timesteps.options().dtype(at::kFloat));
  const auto frequencies = (-std::log(kMaxPeriod) * numbers / (static_cast<double>(half) - freq_shift)).exp();
  const auto angles = timesteps.to(at::kFloat).unsqueeze(1) * frequencies; // [N,half]
  const auto sines = angles.sin(), cosines = angles.cos();
  const auto waves = flip_sin_to_cos ? at::cat({cosines, sines}, 1) : at::cat({sines, cosines}, 1);
  return channels % 2 == 0 ? waves : at::constant_pad_nd(waves, {0, 1});
}

TimestepEmbeddingImpl::TimestepEmbeddingImpl(std::int64_t in_channels, std::int64_t channels)
    : linear_1(register_module("linear_1", Linear(in_channels, channels))),
      linear_2(register_module("linear_2", Linear(channels, channels))) {}

} // namespace cxr::nn
