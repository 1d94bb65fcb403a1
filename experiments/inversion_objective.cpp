#include "experiments/inversion_objective.h"

#include "dist/mpi_session.h"
#include "io/safetensors.h"
#include "nn/onednn.h"

namespace cxr {

InversionObjective::InversionObjective(InvertedToken token, UNet2DCondition unet, NoiseSchedule schedule, LatentCache latents,
                                       std::vector<std::string> image_ids, const std::vector<std::string>& prompts,
                                       InversionObjectiveOptions options)
    : token_(std::move(token)),
      parameters_{token_.parameter()},
      unet_(std::move(unet)),
      schedule_(std::move(schedule)),
      latents_(std::move(latents)),
      image_ids_(std::move(image_ids)),
      prompt_ids_(token_.ids(prompts)),
      options_(std::move(options)) {}

at::Tensor InversionObjective::prompts_of(std::span<const Draw> draws) const {
  const auto chosen = at::empty({std::ssize(draws)}, at::kLong);
  auto* out = chosen.mutable_data_ptr<std::int64_t>();
  for (const auto& draw : draws) {
    rng::Generator random(options_.seed, rng::Stream::kTemplate, static_cast<std::uint64_t>(draw.number));
    *out++ = static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(prompt_ids_.size(0))));
  }
  return chosen;
}

at::Tensor InversionObjective::losses(std::span<const Draw> draws) {
  const auto latents = latents_.latents(draws, options_.seed); // [n,C,h,w]
  const auto condition = token_.conditions(prompt_ids_.index_select(0, prompts_of(draws)));
  const auto drawn = draw_noise(draws, latents_.shape(), options_.seed, options_.denoising.noise_offset, schedule_.size());
  return denoising_losses(unet_, schedule_, options_.denoising, latents, condition, drawn);
}

void InversionObjective::write(const StateDict& values, const std::filesystem::path& run, const std::string& suffix) {
  write_recorded_safetensors(run / fmt::format("learned_embeds{}.safetensors", suffix), values);
}

std::vector<std::pair<std::string, double>> InversionObjective::validate(std::int64_t step, const std::filesystem::path& run) {
  const auto& prompts = options_.validation.prompts;
  if (prompts.empty() || !world().is_root()) return {};
  const at::NoGradGuard no_grad;
  const nn::onednn::PlainWeights no_copies;
  write_validation_images(options_.validation, unet_,
                          {.model = options_.model,
                           .conditions = token_.conditions(token_.ids(prompts)),
                           .negative = token_.conditions(token_.ids({""})),
                           .latent_shape = latents_.shape(),
                           .seed = options_.seed},
                          run, step);
  return {};
}

} // namespace cxr
