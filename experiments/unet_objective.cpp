#include "experiments/unet_objective.h"

#include "core/error.h"
#include "experiments/unet_folder.h"
#include "training/trainable.h"

namespace cxr {
namespace {

namespace fs = std::filesystem;

/// Class images' draws are numbered from here on: no training has as many of its own, and the two share no random numbers.
constexpr std::int64_t kFirstPartner = std::int64_t{1} << 40;

} // namespace

UNetObjective::UNetObjective(UNet2DCondition unet, NoiseSchedule schedule, CaptionedLatents images,
                             std::optional<CaptionedLatents> prior, ConditionCache conditions, UNetObjectiveOptions options)
    : unet_(std::move(unet)),
      parameters_(make_trainable(*unet_)),
      schedule_(std::move(schedule)),
      images_(std::move(images)),
      prior_(std::move(prior)),
      conditions_(std::move(conditions)),
      options_(std::move(options)) {
  if (!prior_) return;
  expects(prior_->latents.shape() == images_.latents.shape(), "class images of another size");
  prior_order_.emplace(prior_->latents.size(), 1, ~options_.seed);
}

at::Tensor UNetObjective::losses(std::span<const Draw> draws) {
  const auto& latent_shape = images_.latents.shape();
  std::vector<Draw> all(draws.begin(), draws.end());
  std::vector<std::string> captions;
  add_captions(captions, images_, draws);
  auto latents = images_.latents.latents(draws, options_.seed); // [n,C,h,w]
  if (prior_) {
    const auto partners = partners_of(draws);
    all.insert(all.end(), partners.begin(), partners.end());
    add_captions(captions, *prior_, partners);
    latents = at::cat({latents, prior_->latents.latents(partners, options_.seed)}); // [2n,C,h,w]
  }
  const auto drawn = draw_noise(all, latent_shape, options_.seed, options_.denoising.noise_offset, schedule_.size());
  const auto each = denoising_losses(unet_, schedule_, options_.denoising, latents, conditions_(captions, options_.dtype), drawn);
  if (!prior_) return each;
  const auto halves = each.chunk(2);
  return halves[0] + options_.prior_weight * halves[1];
}

// The k-th draw's partner is the k-th of the endless sequence of the class images' own epochs.
std::vector<Draw> UNetObjective::partners_of(std::span<const Draw> draws) {
  std::vector<Draw> partners;
  for (const auto& draw : draws) {
    auto partner = prior_order_->draws(draw.number, 0, 1).front();
    partner.number += kFirstPartner;
    partner.step = draw.step;
    partners.push_back(partner);
  }
  return partners;
}

void UNetObjective::add_captions(std::vector<std::string>& captions, const CaptionedLatents& images,
                                 std::span<const Draw> draws) const {
  for (const auto& draw : draws) {
    rng::Generator random(options_.seed, rng::Stream::kDropout, static_cast<std::uint64_t>(draw.number));
    const bool is_dropped = options_.caption_dropout > 0 && random.uniform() < options_.caption_dropout;
    captions.push_back(is_dropped ? std::string() : images.captions[static_cast<std::size_t>(draw.sample)]);
  }
}

void UNetObjective::write(const StateDict& values, const fs::path& run, const std::string& suffix) {
  write_unet_folder(values, options_.unet, run / ("unet" + suffix));
}

std::vector<std::pair<std::string, double>> UNetObjective::validate(std::int64_t step, const fs::path& run) {
  const auto& prompts = options_.validation.prompts;
  if (prompts.empty() || !world().is_root()) return {};
  const std::vector<std::string> nothing = {""};
  write_validation_images(options_.validation, unet_,
                          {.model = options_.model,
                           .conditions = conditions_(prompts, at::kFloat),
                           .negative = conditions_(nothing, at::kFloat),
                           .latent_shape = images_.latents.shape(),
                           .seed = options_.seed},
                          run, step);
  return {};
}

} // namespace cxr
