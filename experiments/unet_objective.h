/// @file
/// Fine-tuning the U-Net (Chambon et al. 2022, section 2.7), with or without prior preservation (Ruiz et al. 2022, section 3.3;
/// diffusers: examples/dreambooth/train_dreambooth.py): everything else is frozen.
#pragma once

#include <optional>

#include "experiments/condition_cache.h"
#include "experiments/latent_cache.h"
#include "experiments/validation_images.h"
#include "training/denoising.h"
#include "training/sample_order.h"

namespace cxr {

/// Images as latents, and the caption of each.
struct CaptionedLatents {
  LatentCache latents;
  std::vector<std::string> captions, ids; ///< [latents.size()]
};

struct UNetObjectiveOptions {
  std::filesystem::path model, unet; ///< Stable Diffusion folder; the folder of the U-Net that is trained
  DenoisingOptions denoising;
  double prior_weight = 1;    ///< λ of the class images' loss
  double caption_dropout = 0; ///< share of the draws that have the empty caption, which guidance leads away from
  at::ScalarType dtype = at::kFloat;
  std::uint64_t seed = 0;
  ValidationImagesOptions validation;
};

class UNetObjective final : public Objective {
 public:
  /// @param prior class images, which keep the model's notion of what it knew: each draw has one as its partner
  /// @param conditions of all captions, the validation's prompts and the empty text
  UNetObjective(UNet2DCondition unet, NoiseSchedule schedule, CaptionedLatents images, std::optional<CaptionedLatents> prior,
                ConditionCache conditions, UNetObjectiveOptions options);

  const std::vector<TrainedParameter>& parameters() const override { return parameters_; }
  std::int64_t samples() const override { return images_.latents.size(); }
  std::string sample_name(std::int64_t sample) const override { return images_.ids.at(static_cast<std::size_t>(sample)); }
  /// Of each draw; with a prior, instance + λ · class, both from one pass through the U-Net.
  at::Tensor losses(std::span<const Draw> draws) override;
  /// RUN/unet, RUN/unet_ema, …: what `cxr generate --unet` and diffusers read.
  void write(const StateDict& values, const std::filesystem::path& run, const std::string& suffix) override;
  /// Rank 0 draws the pictures.
  std::vector<std::pair<std::string, double>> validate(std::int64_t step, const std::filesystem::path& run) override;

 private:
  std::vector<Draw> partners_of(std::span<const Draw> draws);
  void add_captions(std::vector<std::string>& captions, const CaptionedLatents& images, std::span<const Draw> draws) const;

  UNet2DCondition unet_;
  std::vector<TrainedParameter> parameters_;
  NoiseSchedule schedule_;
  CaptionedLatents images_;
  std::optional<CaptionedLatents> prior_;
  std::optional<SampleOrder> prior_order_;
  ConditionCache conditions_;
  UNetObjectiveOptions options_;
};

} // namespace cxr
