#include "training/denoising.h"

#include <gmock/gmock.h>

#include "io/safetensors.h"
#include "support/tolerance.h"

namespace cxr {
namespace {

NoiseSchedule schedule() { return NoiseSchedule({.beta_start = 0.00085, .beta_end = 0.012, .beta_schedule = "scaled_linear"}); }

at::Tensor timesteps() { return at::tensor({0, 1, 57, 500, 998, 999}, at::kLong); }

// tests/fixtures/make_unet_training_fixtures.py has the same timesteps.
TEST(DenoisingWeights, AreThoseOfDiffusers) {
  const auto expected = read_safetensors(std::filesystem::path(CXR_FIXTURES) / "training/unet.safetensors");
  const auto weights = [](Prediction prediction) {
    return denoising_weights(schedule(), {.min_snr_gamma = 5, .prediction = prediction}, timesteps());
  };
  // ᾱ near 1 loses digits in 1 - ᾱ, there as here.
  EXPECT_CLOSE(weights(Prediction::kEpsilon), expected.at("weights.epsilon"), 1e-5);
  EXPECT_CLOSE(weights(Prediction::kVelocity), expected.at("weights.v_prediction"), 1e-5);
  EXPECT_LE(weights(Prediction::kSample).max().item<float>(), 5);
  EXPECT_TRUE(denoising_weights(schedule(), {}, timesteps()).equal(at::ones(6)));
}

TEST(DenoisingWeights, HaveALimitWhereAScheduleEndsInPureNoise) {
  const NoiseSchedule pure({.beta_start = 0.00085, .beta_end = 0.012, .beta_schedule = "scaled_linear", .zero_terminal_snr = true});
  const auto last = at::tensor({999}, at::kLong);
  EXPECT_EQ(denoising_weights(pure, {.min_snr_gamma = 5}, last).item<float>(), 1);
  EXPECT_EQ(denoising_weights(pure, {.min_snr_gamma = 5, .prediction = Prediction::kVelocity}, last).item<float>(), 0);
}

// Whoever else is in the batch, and in whatever order.
TEST(DrawNoise, IsTheDrawsOwn) {
  const std::vector<Draw> draws = {{7, 0, 1}, {8, 3, 1}, {900'000'000'000, 0, 5}};
  const auto all = draw_noise(draws, {4, 8, 8}, 3, 0.1, 1000);
  for (std::int64_t i = 0; i < 3; ++i) {
    const auto one = draw_noise(std::span(draws).subspan(static_cast<std::size_t>(i), 1), {4, 8, 8}, 3, 0.1, 1000);
    EXPECT_TRUE(one.noise[0].equal(all.noise[i]));
    EXPECT_TRUE(one.timesteps[0].equal(all.timesteps[i]));
  }
  EXPECT_FALSE(all.noise[0].equal(all.noise[1]));
  EXPECT_FALSE(draw_noise(draws, {4, 8, 8}, 4, 0.1, 1000).noise.equal(all.noise));
}

TEST(DrawNoise, IsNormalAndItsTimestepsUniform) {
  std::vector<Draw> draws;
  for (std::int64_t number = 0; number < 4000; ++number) draws.push_back({number, 0, 0});
  const auto drawn = draw_noise(draws, {4, 2, 2}, 0, 0, 10);
  EXPECT_NEAR(drawn.noise.mean().item<double>(), 0, 0.02); // of 64,000 numbers: 5 standard errors
  EXPECT_NEAR(drawn.noise.var().item<double>(), 1, 0.03);
  const auto counts = at::bincount(drawn.timesteps, {}, 10);
  EXPECT_EQ(counts.size(0), 10);
  EXPECT_GT(counts.min().item<std::int64_t>(), 300); // of 400: 5 standard deviations
}

// A constant a channel, whose deviation is the offset.
TEST(DrawNoise, OffsetsEachChannelByAConstant) {
  std::vector<Draw> draws;
  for (std::int64_t number = 0; number < 1000; ++number) draws.push_back({number, 0, 0});
  const auto plain = draw_noise(draws, {4, 4, 4}, 0, 0, 10), offset = draw_noise(draws, {4, 4, 4}, 0, 0.5, 10);
  const auto constant = (offset.noise - plain.noise).flatten(2); // [1000,4,16]
  EXPECT_LT((constant - constant.mean(2, true)).abs().max().item<double>(), 1e-6);
  EXPECT_NEAR(constant.mean(2).std().item<double>(), 0.5, 0.03);
  EXPECT_TRUE(offset.timesteps.equal(plain.timesteps));
}

} // namespace
} // namespace cxr
