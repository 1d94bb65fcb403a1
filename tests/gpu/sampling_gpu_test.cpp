// Sampling on a GPU against the same fixtures as on the CPU: latents and noise come from the host, and so does the result.
#include <gtest/gtest.h>

#include "diffusion/small_diffusion.h"
#include "gpu/on_gpu.h"
#include "support/tolerance.h"

namespace cxr {
namespace {

using SamplingOnGpu = test::OnGpu;

TEST_F(SamplingOnGpu, EqualsDiffusersPipeline) {
  const auto expected = test::expected_samples();
  const LoadOptions load{.device = gpu_};
  for (const auto& walk : test::kExpectedWalks) {
    auto text_to_image = test::small_diffusion(test::small_unet(load), walk.scheduler,
                                               {.steps = walk.steps, .guidance = walk.guidance}, walk.eta, load);
    const auto latents = text_to_image.latents(test::starting_noise(), test::condition(), test::negative(), test::step_noise);
    EXPECT_TRUE(latents.is_cpu());
    EXPECT_CLOSE(latents, expected.at(std::string(walk.name) + ".latents"), 1e-3) << walk.name; // sums in another order, 50 times
    EXPECT_TRUE(text_to_image.images(latents).is_cpu());
  }
}

TEST_F(SamplingOnGpu, HalvesInSlicesAndTilesStayNearFloat32) {
  const auto expected = test::expected_samples().at("ddim eta.latents");
  for (const auto dtype : {at::kHalf, at::kBFloat16}) {
    const LoadOptions load{.dtype = dtype, .device = gpu_};
    const SamplingOptions options{.steps = 10, .guidance = 4, .vae_slicing = true, .vae_tiling = true};
    auto text_to_image = test::small_diffusion(test::small_unet(load), "ddim", options, 0.5, load);
    const auto latents = text_to_image.latents(test::starting_noise(), test::condition(), test::negative(), test::step_noise);
    EXPECT_CLOSE(latents, expected, 0.1); // 8 bits of mantissa, ten steps, guidance of 4
    EXPECT_EQ(text_to_image.images(latents).scalar_type(), at::kFloat);
  }
}

} // namespace
} // namespace cxr
