#include "experiments/validation_images.h"

#include "core/atomic_file.h"
#include "core/error.h"
#include "core/log.h"
#include "diffusion/text_to_image.h"
#include "experiments/contact_sheet.h"
#include "experiments/sample_noise.h"
#include "models/autoencoder_kl.h"
#include "models/model_input.h"
#include "nn/onednn.h"

namespace cxr {
namespace {

namespace fs = std::filesystem;

std::vector<SheetRow> drawn(const ValidationImagesOptions& options, UNet2DCondition& unet, const ValidationSampling& sampling) {
  const nn::onednn::PlainWeights no_packed_copies; // the weights will have changed by the next validation
  // Loaded now and then: not worth its memory in between.
  const auto vae =
      load_autoencoder_kl(sampling.model, {.dtype = sampling.conditions.scalar_type(), .device = sampling.conditions.device()});
  TextToImage sampler(unet, vae, make_scheduler(sampling.model / "scheduler" / "scheduler_config.json", "dpmsolver++"),
                      {.steps = options.steps, .guidance = options.guidance, .vae_slicing = true});
  std::vector<SheetRow> rows;
  for (std::size_t p = 0; p < options.prompts.size(); ++p) {
    const auto first = static_cast<std::int64_t>(p) * options.images;
    const auto noise =
        sample_noise({first, options.images}, sampling.latent_shape, sampling.seed, rng::Stream::kLatents); // [n,C,h,w]
    const auto condition = sampling.conditions.slice(0, static_cast<std::int64_t>(p), static_cast<std::int64_t>(p) + 1);
    const auto latents =
        sampler.latents(noise, condition.expand({options.images, -1, -1}), sampling.negative.expand({options.images, -1, -1}));
    rows.push_back({options.prompts[p], to_rgb8(sampler.images(latents))});
  }
  return rows;
}

} // namespace

void add_validation_images_options(CLI::App& app, ValidationImagesOptions& options) {
  app.add_option("--validation-prompt", options.prompts, "texts whose images a validation draws, with the same noise each time");
  app.add_option("--validation-images", options.images, "images of each")->check(CLI::Range(1, 64))->capture_default_str();
  app.add_option("--validation-steps", options.steps, "denoising steps of DPM-Solver++")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  app.add_option("--validation-guidance", options.guidance, "scale of classifier-free guidance")->capture_default_str();
}

void write_validation_images(const ValidationImagesOptions& options, UNet2DCondition& unet, const ValidationSampling& sampling,
                             const fs::path& run, std::int64_t step) {
  std::vector<SheetRow> rows;
  try {
    rows = drawn(options, unet, sampling);
  } catch (const Interrupted&) {
    throw;
  } catch (const std::exception& error) { // such as too little memory: what the training has done is whole
    log::warn("no validation images of step {}: {}", step, error.what());
    return;
  }
  const auto folder = run / "validation";
  fs::create_directories(folder);
  remove_temporaries(folder);
  write_contact_sheet(folder / fmt::format("step-{:08}.png", step), rows);
}

} // namespace cxr
