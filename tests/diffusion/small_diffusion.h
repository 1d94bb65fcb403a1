/// @file
/// A Stable Diffusion of a few kilobytes: the U-Net and the autoencoder of the model fixtures, and the inputs of
/// tests/fixtures/diffusion/samples.safetensors.
#pragma once

#include <cmath>

#include "diffusion/text_to_image.h"
#include "models/fixture.h"
#include "models/pretrained.h"
#include "support/file_bytes.h"
#include "support/temporary_folder.h"
#include "support/weight_formula.h"

namespace cxr::test {

inline at::Tensor normal_like(const std::string& name, at::IntArrayRef shape) {
  return std::sqrt(3.0) * formula_uniform(name, shape);
}
inline at::Tensor starting_noise() { return normal_like("latents", {2, 4, 8, 6}); }
inline at::Tensor step_noise(std::size_t step) { return normal_like(fmt::format("step.{}", step), {2, 4, 8, 6}); }
inline at::Tensor condition() { return normal_like("condition", {2, 5, 6}); }
inline at::Tensor negative() { return normal_like("negative", {2, 5, 6}); }

/// The last convolution is as quiet as in make_diffusion_fixtures.py.
inline UNet2DCondition small_unet(const LoadOptions& options = {}) {
  auto unet = load_unet_2d_condition(std::filesystem::path(CXR_FIXTURES) / "unets" / "sd", options);
  unet->named_parameters()["conv_out.weight"].mul_(0.3);
  return unet;
}

/// Stable Diffusion v1.4's scheduler, or another over its configuration.
inline std::unique_ptr<Scheduler> stable_diffusion_scheduler(const std::string& name, double eta = 0) {
  const TemporaryFolder folder;
  put_bytes(folder / "scheduler_config.json",
            R"({"_class_name": "PNDMScheduler", "beta_end": 0.012, "beta_schedule": "scaled_linear", "beta_start": 0.00085,
                "num_train_timesteps": 1000, "set_alpha_to_one": false, "skip_prk_steps": true, "steps_offset": 1})");
  return make_scheduler(folder / "scheduler_config.json", name, eta);
}

inline TextToImage small_diffusion(UNet2DCondition unet, const std::string& scheduler, SamplingOptions options, double eta = 0,
                                   const LoadOptions& load = {}) {
  return {std::move(unet), load_autoencoder_kl(model_fixture("vae_sharded"), load), stable_diffusion_scheduler(scheduler, eta),
          options};
}

/// A walk of samples.safetensors.
struct ExpectedWalk {
  const char *name, *scheduler;
  std::int64_t steps;
  double guidance, eta;
};
inline constexpr std::array<ExpectedWalk, 6> kExpectedWalks = {{{"pndm", "", 50, 7.5, 0},
                                                                {"pndm unguided", "", 10, 1, 0},
                                                                {"ddim", "ddim", 25, 7.5, 0},
                                                                {"ddim eta", "ddim", 10, 4, 0.5},
                                                                {"ddpm", "ddpm", 10, 4, 0},
                                                                {"dpmsolver++", "dpmsolver++", 25, 7.5, 0}}};

inline StateDict expected_samples() {
  return read_safetensors(std::filesystem::path(CXR_FIXTURES) / "diffusion" / "samples.safetensors");
}

} // namespace cxr::test
