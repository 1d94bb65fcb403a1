/// @file
/// A new token learns what a few radiographs show (Chambon et al. 2022, section 2.6; "Token embedding" of Table 4, "Textual
/// Inversion" of Table 5).
///
///     mpirun -n 4 cxr train inversion --config experiments/recipes/inversion_object_lung.toml --model stable-diffusion-v1-4
///         --images few.h5 --where "No Finding=1" --out runs/inversion-object-lung
///
/// A run's folder holds learned_embeds.safetensors: `cxr generate --model SD --embedding RUN/learned_embeds.safetensors`.
#include "core/error.h"
#include "diffusion/scheduler_config.h"
#include "dist/mpi_session.h"
#include "experiments/commands.h"
#include "experiments/inversion_objective.h"
#include "experiments/latent_checks.h"
#include "experiments/prompt_templates.h"
#include "experiments/provenance.h"
#include "experiments/set_rows.h"
#include "run/execution_options.h"
#include "training/trainer.h"

namespace cxr {
namespace {

namespace fs = std::filesystem;

struct TrainInversionOptions {
  InvertedTokenOptions token;
  fs::path unet, images, cache;
  std::string where, templates = "object", dtype = "float32";
  std::int64_t size = 0;
  bool gradient_checkpointing = false, no_cache = false;
  ValidationImagesOptions validation;
  // The command of diffusers' documentation of textual_inversion.py: 5e-4 times (--scale_lr) a batch of 1 × 4 accumulated; no
  // clipping.
  TrainerOptions trainer{.steps = 3000, .batch_size = 4, .schedule = {.learning_rate = 2e-3}, .max_grad_norm = 0};
  ExecutionOptions execution;

  const fs::path& model() const { return token.model; }
  fs::path unet_path() const { return unet_folder(unet.empty() ? token.model : unet); }
  fs::path cache_path() const {
    if (no_cache) return {};
    return cache.empty() ? execution.out / "cache" : cache;
  }
};

void check_width(const InvertedToken& token, const TrainInversionOptions& options) {
  const auto unet = UNet2DConditionOptions::read(options.unet_path() / "config.json");
  if (unet.cross_attention_dim == token.hidden_size()) return;
  throw InputError((options.unet_path() / "config.json").string(), "cross_attention_dim",
                   fmt::format("{}, the text encoder's hidden_size", token.hidden_size()),
                   fmt::format("{}", unet.cross_attention_dim));
}

/// Each template with the token, all of which the encoder reads.
std::vector<std::string> prompts_of(const TrainInversionOptions& options, const InvertedToken& token) {
  std::vector<std::string> prompts;
  for (const auto& each : prompt_templates(options.templates)) {
    prompts.push_back(filled_template(each, options.token.token));
    token.check_read(prompts.back(), options.templates);
  }
  return prompts;
}

std::string digests_of(const TrainInversionOptions& options, const std::string& images, const std::vector<std::string>& prompts,
                       Communicator& ranks) {
  InputDigests inputs{{"images", [&] { return images; }}, {"prompts", [&] { return texts_digest(prompts); }}};
  for (auto& digest : diffusion_digests(options.model(), options.unet_path())) inputs.push_back(std::move(digest));
  for (auto& digest : encoder_digests(options.model())) inputs.push_back(std::move(digest));
  return inputs_configuration(inputs, ranks);
}

std::vector<std::string> ids_of(const fs::path& images, const Rows& rows) {
  const ImageSet set(images);
  std::vector<std::string> ids;
  for (const auto row : rows) ids.push_back(set.info().ids[static_cast<std::size_t>(row)]);
  return ids;
}

int train_inversion(const TrainInversionOptions& options, std::string configuration) {
  auto& ranks = world();
  check_batch_size(options.trainer, ranks);
  const auto device = start_execution(options.execution, ranks);
  const LoadOptions load{.dtype = parse_dtype(options.dtype), .device = device};
  const auto scheduler = read_ddpm_options(JsonFile(options.model() / "scheduler" / "scheduler_config.json"));
  InvertedToken token(options.token, load);
  check_latent_channels(options.unet_path(), options.model());
  check_width(token, options);
  const auto prompts = prompts_of(options, token);
  const auto rows =
      options.where.empty() ? all_rows(ImageSet(options.images).size()) : rows_with_label(options.images, options.where, "--where");
  auto unet = load_unet_2d_condition(options.unet_path(), load);
  unet->set_checkpointing(options.gradient_checkpointing);

  const auto digest = images_digest(options.images, rows, ranks);
  configuration += digests_of(options, digest, prompts, ranks);
  RunFolder folder(options.execution.out, "train inversion", configuration, ranks);
  // What is kept is made once, and may take its time.
  LatentCache latents({options.model(), options.images, rows, options.cache_path(), options.size, digest},
                      {.dtype = options.no_cache ? load.dtype : at::kFloat, .device = device}, ranks);
  InversionObjective objective(std::move(token), std::move(unet), NoiseSchedule(scheduler.noise), std::move(latents),
                               ids_of(options.images, rows), prompts,
                               {.model = options.model(),
                                .denoising = {.prediction = scheduler.prediction},
                                .seed = options.trainer.seed,
                                .validation = options.validation});
  train(folder, objective, options.trainer, device);
  return kDone;
}

void add_token_options(CLI::App& app, TrainInversionOptions& options) {
  app.add_option("--model", options.token.model, "Stable Diffusion 1.x folder (docs/models.md)")->required();
  app.add_option("--unet", options.unet, "the U-Net's folder, in place of the model's");
  app.add_option("--token", options.token.token, "the new token, as prompts will spell it: \"<lung-xray>\"")->required();
  app.add_option("--initializer", options.token.initializer, "a word of one token that the new one starts as")->required();
  app.add_option("--vectors", options.token.vectors, "how many vectors stand for the token")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  app.add_option("--templates", options.templates,
                 "the prompts: object, style, or a file with one a line, {} where the token stands")
      ->capture_default_str();
}

void add_data_options(CLI::App& app, TrainInversionOptions& options) {
  app.add_option("--images", options.images, "image set (HDF5), or a run that is one")->required();
  app.add_option("--where", options.where, "the images with this label, \"No Finding=1\"; by default all");
  app.add_option("--size", options.size, "side in pixels that images are resized to; 0: as they are")
      ->check(CLI::Range(0, 1 << 16))
      ->capture_default_str();
  app.add_option("--dtype", options.dtype, "the type that the frozen networks compute in; the token's vectors are float32")
      ->check(CLI::IsMember({"float32", "bfloat16"}))
      ->capture_default_str();
  app.add_flag("--gradient-checkpointing", options.gradient_checkpointing,
               "backward runs each block of the U-Net again, for less memory");
  app.add_flag("--no-cache", options.no_cache, "encode images anew at every draw, in --dtype");
  app.add_option("--cache", options.cache, "folder that keeps latents, also for other runs; by default the run's cache/")
      ->excludes("--no-cache")
      ->group(kExecutionGroup);
}

} // namespace

Subcommand train_inversion_command(CLI::App& train) {
  auto* app = train.add_subcommand("inversion", "The embedding of a new token, on a few images, all else frozen");
  auto options = std::make_shared<TrainInversionOptions>();
  add_token_options(*app, *options);
  add_data_options(*app, *options);
  add_trainer_options(*app, options->trainer);
  add_validation_images_options(*app, options->validation);
  add_execution_options(*app, options->execution);
  return {app, [app, options] { return train_inversion(*options, result_configuration(*app)); }};
}

} // namespace cxr
