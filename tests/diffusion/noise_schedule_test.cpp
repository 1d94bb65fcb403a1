#include "diffusion/noise_schedule.h"

#include <gtest/gtest.h>

#include "metrics/metric_fixtures.h"
#include "support/tolerance.h"
#include "support/weight_formula.h"

namespace cxr {
namespace {

TEST(NoiseSchedule, EqualsDiffusers) {
  const auto fixture = test::metric_fixtures("noise", "diffusion/schedulers.json");
  const auto timesteps = test::tensor_of(fixture.at("timesteps")).to(at::kLong);
  const auto original = test::formula_uniform("original", {6, 2}), noise = test::formula_uniform("noise", {6, 2});
  for (const auto& fields : fixture.at("schedules")) {
    NoiseScheduleOptions options;
    options.beta_start = fields.value("beta_start", options.beta_start);
    options.beta_end = fields.value("beta_end", options.beta_end);
    options.beta_schedule = fields.value("beta_schedule", options.beta_schedule);
    options.zero_terminal_snr = fields.value("rescale_betas_zero_snr", false);
    const NoiseSchedule schedule(options);
    EXPECT_EQ(schedule.size(), 1000);
    // The same operators on the same machine give the same bits; another's vector width may move the last one.
    EXPECT_CLOSE(schedule.alphas_cumprod().index_select(0, timesteps), test::tensor_of(fields.at("alphas_cumprod")), 1.2e-7);
    EXPECT_CLOSE(schedule.add_noise(original, noise, timesteps).flatten(), test::tensor_of(fields.at("noisy")), 1e-6);
    EXPECT_CLOSE(schedule.velocity(original, noise, timesteps).flatten(), test::tensor_of(fields.at("velocity")), 1e-6);
  }
}

} // namespace
} // namespace cxr
