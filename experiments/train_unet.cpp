/// @file
/// The U-Net learns a few radiographs (Chambon et al. 2022, section 2.7; the U-Net rows of Tables 4 and 5).
///
///     mpirun -n 4 cxr train unet --config experiments/recipes/unet_prior.toml --batch-size 4 --model stable-diffusion-v1-4
///         --images few.h5 --out runs/unet-prior
///
/// The recipes have diffusers' batch of 1, which is one rank's.
///
/// A run's folder holds unet/, and with --ema-decay unet_ema/: `cxr generate --model SD --unet RUN`.
#include <set>

#include "core/error.h"
#include "diffusion/scheduler_config.h"
#include "experiments/commands.h"
#include "experiments/latent_checks.h"
#include "experiments/prior_images.h"
#include "experiments/provenance.h"
#include "experiments/training_images.h"
#include "experiments/unet_objective.h"
#include "models/autoencoder_kl.h"
#include "training/trainer.h"

namespace cxr {
namespace {

namespace fs = std::filesystem;

struct TrainUnetOptions {
  fs::path model, unet, cache;
  TrainingImagesOptions images;
  PriorImagesOptions prior;
  DenoisingOptions denoising;
  ValidationImagesOptions validation;
  TrainerOptions trainer;
  ExecutionOptions execution;
  std::int64_t size = 0;
  double caption_dropout = 0;
  std::string dtype = "float32";
  bool gradient_checkpointing = false;
  bool no_cache = false;

  fs::path unet_path() const { return unet_folder(unet.empty() ? model : unet); }
  fs::path cache_path() const {
    if (no_cache) return {};
    return cache.empty() ? execution.out / "cache" : cache;
  }
  /// Of what is frozen: what is kept is made once, and may take its time.
  LoadOptions frozen(at::Device device) const { return {.dtype = no_cache ? parse_dtype(dtype) : at::kFloat, .device = device}; }
};

std::string digests_of(const TrainUnetOptions& options, const std::string& images, const TrainingImages& training,
                       Communicator& ranks) {
  InputDigests inputs{{"images", [&] { return images; }}, {"captions", [&] { return texts_digest(training.captions); }}};
  for (auto& digest : diffusion_digests(options.model, options.unet_path())) inputs.push_back(std::move(digest));
  for (auto& digest : encoder_digests(options.model)) inputs.push_back(std::move(digest));
  if (!options.prior.images.empty()) {
    const auto given = given_prior_images(options.prior);
    inputs.emplace_back("class_images", [digest = images_digest(given.set, given.images.rows, ranks)] { return digest; });
    inputs.emplace_back("class_captions", [=] { return texts_digest(given.images.captions); });
  }
  return inputs_configuration(inputs, ranks);
}

CaptionedLatents encoded(const TrainUnetOptions& options, const fs::path& set, TrainingImages images, const std::string& digest,
                         at::Device device, Communicator& ranks) {
  const LatentSource source{options.model, set, images.rows, options.cache_path(), options.size, digest};
  return {LatentCache(source, options.frozen(device), ranks), std::move(images.captions), std::move(images.ids)};
}

/// The class images' latents, of the training images' shape.
CaptionedLatents encoded_prior(const TrainUnetOptions& options, const CaptionedLatents& training, at::Device device,
                               Communicator& ranks) {
  const auto factor = AutoencoderKLOptions::read(vae_folder(options.model) / "config.json").factor();
  const auto& shape = training.latents.shape();
  const ClassImageModel model{options.model,     options.unet_path(), shape[1] * factor,
                              shape[2] * factor, options.dtype,       options.trainer.seed};
  auto [set, images] = prior_images(options.prior, model, options.execution.out / "class-images", options.execution);
  if (ranks.is_root()) tell_shared_captions(training.captions, images.captions);
  const auto digest = images_digest(set, images.rows, ranks);
  auto prior = encoded(options, set, std::move(images), digest, device, ranks);
  if (prior.latents.shape() == shape) return prior;
  throw InputError(set.string(), "images",
                   fmt::format("{} × {} pixels, as the training images (or --size)", model.height, model.width),
                   fmt::format("{} × {}", prior.latents.shape()[1] * factor, prior.latents.shape()[2] * factor));
}

std::set<std::string> all_captions(const TrainUnetOptions& options, const CaptionedLatents& training,
                                   const std::optional<CaptionedLatents>& prior) {
  std::set<std::string> captions(training.captions.begin(), training.captions.end());
  if (prior) captions.insert(prior->captions.begin(), prior->captions.end());
  captions.insert(options.validation.prompts.begin(), options.validation.prompts.end());
  captions.emplace(); // what guidance leads away from, and what stands for a caption that is left out
  return captions;
}

UNetObjectiveOptions objective_options(const TrainUnetOptions& options, Prediction prediction) {
  auto denoising = options.denoising;
  denoising.prediction = prediction;
  return {.model = options.model,
          .unet = options.unet_path(),
          .denoising = denoising,
          .prior_weight = options.prior.weight,
          .caption_dropout = options.caption_dropout,
          .dtype = parse_dtype(options.dtype),
          .seed = options.trainer.seed,
          .validation = options.validation};
}

int train_unet(const TrainUnetOptions& options, std::string configuration) {
  auto& ranks = world();
  check_batch_size(options.trainer, ranks);
  const auto device = start_execution(options.execution, ranks);
  const auto scheduler = read_ddpm_options(JsonFile(options.model / "scheduler" / "scheduler_config.json"));
  check_latent_channels(options.unet_path(), options.model);
  auto images = read_training_images(options.images);
  auto unet = load_unet_2d_condition(options.unet_path(), {.device = device});
  unet->set_checkpointing(options.gradient_checkpointing);

  const auto digest = images_digest(options.images.images, images.rows, ranks);
  configuration += digests_of(options, digest, images, ranks);
  RunFolder folder(options.execution.out, "train unet", configuration, ranks);
  auto training = encoded(options, options.images.images, std::move(images), digest, device, ranks);
  std::optional<CaptionedLatents> prior;
  if (options.prior.is_asked()) prior.emplace(encoded_prior(options, training, device, ranks));
  ConditionCache conditions({{.encoder = options.model}, options.unet_path(), options.cache_path()},
                            all_captions(options, training, prior), options.frozen(device), ranks);
  UNetObjective objective(std::move(unet), NoiseSchedule(scheduler.noise), std::move(training), std::move(prior),
                          std::move(conditions), objective_options(options, scheduler.prediction));
  train(folder, objective, options.trainer, device);
  return kDone;
}

void add_model_options(CLI::App& app, TrainUnetOptions& options) {
  app.add_option("--model", options.model, "Stable Diffusion 1.x folder (docs/models.md)")->required();
  app.add_option("--unet", options.unet, "the U-Net to start from, in place of the model's");
  add_training_images_options(app, options.images);
  app.add_option("--size", options.size, "side in pixels that images are resized to; 0: as they are")
      ->check(CLI::Range(0, 1 << 16))
      ->capture_default_str();
  add_prior_images_options(app, options.prior);
}

void add_loss_options(CLI::App& app, TrainUnetOptions& options) {
  app.add_option("--min-snr-gamma", options.denoising.min_snr_gamma,
                 "weights of the losses by signal to noise (5 is usual); 0: equal weights")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  app.add_option("--noise-offset", options.denoising.noise_offset, "of a constant a channel, added to the noise (0.1 is usual)")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  app.add_option("--caption-dropout", options.caption_dropout, "share of the draws whose caption is left out")
      ->check(CLI::Range(0., 1.))
      ->capture_default_str();
  app.add_option("--dtype", options.dtype, "the type that the U-Net computes in; its weights are float32")
      ->check(CLI::IsMember({"float32", "bfloat16"}))
      ->capture_default_str();
  app.add_flag("--gradient-checkpointing", options.gradient_checkpointing, "backward runs each block again, for less memory");
}

} // namespace

Subcommand train_unet_command(CLI::App& train) {
  auto* app = train.add_subcommand("unet", "The U-Net, on a few images with prompts, all else frozen");
  auto options = std::make_shared<TrainUnetOptions>();
  options->trainer.schedule.learning_rate = 5e-6; // diffusers: train_dreambooth.py
  add_model_options(*app, *options);
  add_loss_options(*app, *options);
  app->add_flag("--no-cache", options->no_cache, "encode images and texts anew at every draw, in --dtype");
  app->add_option("--cache", options->cache,
                  "folder that keeps latents and conditions, also for other runs; by default the run's cache/")
      ->excludes("--no-cache")
      ->group(kExecutionGroup);
  add_trainer_options(*app, options->trainer);
  add_validation_images_options(*app, options->validation);
  add_execution_options(*app, options->execution);
  return {app, [app, options] { return train_unet(*options, result_configuration(*app)); }};
}

} // namespace cxr
