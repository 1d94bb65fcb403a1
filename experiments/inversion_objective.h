/// @file
/// Textual inversion (Gal et al. 2022; Chambon et al. 2022, section 2.6): the denoising loss of images whose prompts hold a new
/// token, by that token's vectors. Everything else is frozen.
#pragma once

#include "experiments/inverted_token.h"
#include "experiments/latent_cache.h"
#include "experiments/validation_images.h"
#include "training/denoising.h"

namespace cxr {

struct InversionObjectiveOptions {
  std::filesystem::path model;
  DenoisingOptions denoising;
  std::uint64_t seed = 0;
  ValidationImagesOptions validation;
};

class InversionObjective final : public Objective {
 public:
  /// @param image_ids of the latents' images  @param prompts that a draw's is one of, with the new token
  InversionObjective(InvertedToken token, UNet2DCondition unet, NoiseSchedule schedule, LatentCache latents,
                     std::vector<std::string> image_ids, const std::vector<std::string>& prompts,
                     InversionObjectiveOptions options);

  const std::vector<TrainedParameter>& parameters() const override { return parameters_; }
  std::int64_t samples() const override { return latents_.size(); }
  std::string sample_name(std::int64_t sample) const override { return image_ids_.at(static_cast<std::size_t>(sample)); }
  at::Tensor losses(std::span<const Draw> draws) override;
  /// RUN/learned_embeds.safetensors, RUN/learned_embeds-steps-500.safetensors, …: what `cxr generate --embedding` and diffusers'
  /// load_textual_inversion read.
  void write(const StateDict& values, const std::filesystem::path& run, const std::string& suffix) override;
  /// Rank 0 draws the pictures.
  std::vector<std::pair<std::string, double>> validate(std::int64_t step, const std::filesystem::path& run) override;

  /// Which of the prompts each draw has. @return int64 [draws.size()]
  at::Tensor prompts_of(std::span<const Draw> draws) const;

 private:
  InvertedToken token_;
  std::vector<TrainedParameter> parameters_;
  UNet2DCondition unet_;
  NoiseSchedule schedule_;
  LatentCache latents_;
  std::vector<std::string> image_ids_;
  at::Tensor prompt_ids_; ///< int64 [prompts,77]
  InversionObjectiveOptions options_;
};

} // namespace cxr
