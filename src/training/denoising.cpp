#include "training/denoising.h"

#include "core/error.h"
#include "nn/transfer.h"

namespace cxr {
namespace {

/// Which of a draw's random numbers: each has a key of its own.
enum class Use : std::uint64_t { kNoise, kTimestep, kOffset };
constexpr unsigned kUseBits = 2; ///< of a key, below the draw's number

std::uint64_t key_of(const Draw& draw, Use use) {
  return (static_cast<std::uint64_t>(draw.number) << kUseBits) | static_cast<std::uint64_t>(use);
}

std::span<float> floats_of(const at::Tensor& tensor) {
  return {tensor.mutable_data_ptr<float>(), static_cast<std::size_t>(tensor.numel())};
}

at::Tensor target_of(const NoiseSchedule& schedule, Prediction prediction, const at::Tensor& latents, const at::Tensor& noise,
                     const at::Tensor& timesteps) {
  if (prediction == Prediction::kEpsilon) return noise;
  return prediction == Prediction::kSample ? latents : schedule.velocity(latents, noise, timesteps);
}

} // namespace

DrawnNoise draw_noise(std::span<const Draw> draws, at::IntArrayRef latent_shape, std::uint64_t seed, double noise_offset,
                      std::int64_t timesteps) {
  const auto count = std::ssize(draws);
  auto shape = latent_shape.vec();
  shape.insert(shape.begin(), count);
  DrawnNoise drawn{at::empty(shape, at::kFloat), at::empty({count}, at::kLong)};
  for (std::int64_t i = 0; i < count; ++i) {
    const auto& draw = draws[static_cast<std::size_t>(i)];
    const auto noise = drawn.noise[i];
    rng::fill_normal(floats_of(noise), seed, rng::Stream::kTrainingNoise, key_of(draw, Use::kNoise));
    rng::Generator random(seed, rng::Stream::kTrainingNoise, key_of(draw, Use::kTimestep));
    drawn.timesteps.mutable_data_ptr<std::int64_t>()[i] =
        static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(timesteps)));
    if (noise_offset == 0) continue;
    const auto offset = at::empty({latent_shape[0], 1, 1}, at::kFloat);
    rng::fill_normal(floats_of(offset), seed, rng::Stream::kTrainingNoise, key_of(draw, Use::kOffset));
    noise.add_(offset, noise_offset);
  }
  return drawn;
}

at::Tensor denoising_weights(const NoiseSchedule& schedule, const DenoisingOptions& options, const at::Tensor& timesteps) {
  const auto alpha_bar = schedule.alphas_cumprod().index_select(0, timesteps);
  if (options.min_snr_gamma == 0) return at::ones_like(alpha_bar);
  const auto snr = alpha_bar / (1 - alpha_bar);
  const auto least = snr.clamp_max(options.min_snr_gamma);
  if (options.prediction == Prediction::kSample) return least;
  if (options.prediction == Prediction::kVelocity) return least / (snr + 1);
  return (options.min_snr_gamma / snr).clamp_max(1); // least / snr, and its limit 1 where a schedule ends in pure noise
}

at::Tensor denoising_losses(UNet2DCondition& unet, const NoiseSchedule& schedule, const DenoisingOptions& options,
                            const at::Tensor& latents, const at::Tensor& condition, const DrawnNoise& drawn) {
  expects(latents.sizes() == drawn.noise.sizes(), "denoising: latents [{}] and noise [{}]", fmt::join(latents.sizes(), ","),
          fmt::join(drawn.noise.sizes(), ","));
  const auto noise = nn::upload(drawn.noise, latents.device());
  const auto noisy = schedule.add_noise(latents, noise, drawn.timesteps); // float32 [n,C,h,w]
  const auto timesteps = nn::upload(drawn.timesteps, latents.device());
  const auto output = unet(noisy.to(condition.scalar_type()), timesteps, condition).to(at::kFloat);
  const auto target = target_of(schedule, options.prediction, latents, noise, drawn.timesteps);
  const auto losses = (output - target).square().flatten(1).mean(1); // [n]
  if (options.min_snr_gamma == 0) return losses;
  return losses * nn::upload(denoising_weights(schedule, options, drawn.timesteps), losses.device());
}

} // namespace cxr
