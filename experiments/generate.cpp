/// @file
/// Pictures of prompts by Stable Diffusion or an adaptation of it (Chambon et al. 2022, sections 2.3 and 3.3; the images of Tables
/// 4 and 5 and of Figures 1 and 4).
///
///     mpirun -n 4 cxr generate --model stable-diffusion-v1-4 --prompts prompts.txt --n 50 --out runs/generate-original
///
/// Sample i is image i % N of prompt i / N. Its noise is keyed by the seed and i, so that it is the same on any number of ranks.
/// What conditions the U-Net can be replaced: --embedding, --encoder and --projection (experiments/prompt_conditions.h), --unet.
#include <set>

#include <c10/core/InferenceMode.h>

#include "core/digest_list.h"
#include "core/error.h"
#include "core/log.h"
#include "core/progress.h"
#include "core/signals.h"
#include "diffusion/text_to_image.h"
#include "experiments/commands.h"
#include "experiments/latent_checks.h"
#include "experiments/contact_sheet.h"
#include "experiments/encoder_checks.h"
#include "experiments/image_columns.h"
#include "experiments/image_inputs.h"
#include "experiments/prompt_conditions.h"
#include "experiments/prompt_list.h"
#include "experiments/provenance.h"
#include "experiments/sample_noise.h"
#include "models/model_input.h"
#include "run/execution_options.h"
#include "run/sharded_run.h"

namespace cxr {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kDecodingSteps = 2; ///< about what decoding takes, in denoising steps of the same images

struct GenerateOptions {
  fs::path model, unet, embedding, encoder, projection, prompts, latents;
  std::vector<std::string> prompt;
  std::string negative, scheduler, dtype = "float32";
  std::int64_t n = 1, height = 0, width = 0, batch_size = 0;
  double eta = 0;
  std::uint64_t seed = 0;
  bool save_latents = false, check_finite = false;
  SamplingOptions sampling;
  ExecutionOptions execution;

  fs::path unet_path() const { return unet_folder(unet.empty() ? model : unet); }
  fs::path scheduler_path() const { return model / "scheduler" / "scheduler_config.json"; }
  bool is_guided() const { return sampling.guidance > 1; }
  ConditionSources sources() const { return {encoder.empty() ? model : encoder, embedding, projection}; }
};

PromptList prompt_list(const GenerateOptions& options) {
  if (options.prompt.empty() == options.prompts.empty()) {
    throw InputError("--prompt", "", "--prompt TEXT or --prompts FILE", options.prompt.empty() ? "neither" : "both");
  }
  return {options.prompts.empty() ? options.prompt : read_prompts(options.prompts), options.n};
}

/// The shape of one image's latents, [C,h,w], for the size that is asked for, or by default the U-Net's own.
std::vector<std::int64_t> latent_shape(const GenerateOptions& options, const UNet2DConditionOptions& unet,
                                       const AutoencoderKLOptions& vae) {
  check_latent_channels(options.unet_path(), options.model);
  if (vae.out_channels != 3) {
    throw InputError((vae_folder(options.model) / "config.json").string(), "out_channels", "3",
                     fmt::format("{}", vae.out_channels));
  }
  const auto side = [&](const char* option, std::int64_t pixels) {
    if (pixels == 0) return unet.sample_size;
    if (pixels % vae.factor() == 0) return pixels / vae.factor();
    throw InputError(option, "", fmt::format("a multiple of {}, the pixels that one latent stands for", vae.factor()),
                     fmt::format("{}", pixels));
  };
  return {vae.latent_channels, side("--height", options.height), side("--width", options.width)};
}

std::set<std::string> all_prompts(const PromptList& prompts, const GenerateOptions& options) {
  std::set<std::string> all(prompts.prompts().begin(), prompts.prompts().end());
  all.insert(options.negative);
  return all;
}

/// The prompts of this rank's samples, and what guidance leads away from.
std::set<std::string> prompts_to_encode(const PromptList& prompts, const std::vector<Batch>& batches,
                                        const GenerateOptions& options) {
  std::set<std::string> distinct;
  if (options.is_guided()) distinct.insert(options.negative);
  for (const auto& batch : batches) {
    for (auto sample = batch.begin; sample < batch.end(); ++sample) distinct.insert(prompts.prompt(sample));
  }
  return distinct;
}

/// What one batch of samples becomes.
class Generation {
 public:
  Generation(TextToImage& sampler, PromptConditions& conditions, const PromptList& prompts, const StartingNoise& noise,
             const GenerateOptions& options)
      : sampler_(sampler), conditions_(conditions), prompts_(prompts), noise_(noise), options_(options) {}

  Columns operator()(Batch batch, Progress& progress) {
    const c10::InferenceMode no_autograd;
    std::vector<at::Tensor> conditions;
    for (auto sample = batch.begin; sample < batch.end(); ++sample) conditions.push_back(conditions_(prompts_.prompt(sample)));
    const auto condition = at::cat(conditions); // [n,S,D]
    const auto negative = options_.is_guided() ? conditions_(options_.negative).expand_as(condition) : at::Tensor();
    const auto step_noise = [&](std::size_t step) {
      return sample_noise(batch, noise_.shape(), options_.seed, rng::Stream::kStepNoise, step);
    };
    const auto on_step = [&](std::size_t, std::size_t count) {
      progress.add_steps(1, "steps", static_cast<double>(batch.count) / static_cast<double>(count + kDecodingSteps));
      signals::throw_if_received(); // a batch may take minutes, and time limits give seconds
    };
    const auto latents = sampler_.latents(noise_(batch), condition, negative, step_noise, on_step); // [n,C,h,w]
    auto columns = prompts_.columns(batch);
    columns.emplace("images", to_rgb8(sampler_.images(latents)));
    if (options_.save_latents) columns.emplace("latents", latents.contiguous());
    return columns;
  }

 private:
  TextToImage& sampler_;
  PromptConditions& conditions_;
  const PromptList& prompts_;
  const StartingNoise& noise_;
  const GenerateOptions& options_;
};

std::string digests_of(const GenerateOptions& options, const PromptList& prompts, const StartingNoise& noise,
                       const std::string& encoder_digest, Communicator& ranks) {
  const auto file = [](const fs::path& path) { return [path] { return checked_digest(path); }; };
  InputDigests inputs{{"prompts", [&] { return prompts.digest(); }}};
  for (auto& digest : diffusion_digests(options.model, options.unet_path())) inputs.push_back(std::move(digest));
  for (auto& digest : encoder_digests(options.sources().encoder)) {
    if (digest.first == "text_encoder") digest.second = [&] { return encoder_digest; }; // known already
    inputs.push_back(std::move(digest));
  }
  if (!options.embedding.empty()) inputs.emplace_back("embedding", file(options.embedding));
  if (!options.projection.empty()) inputs.emplace_back("projection", file(options.projection));
  if (const auto path = noise.path()) inputs.emplace_back("latents", file(*path));
  return inputs_configuration(inputs, ranks);
}

int generate(const GenerateOptions& options, std::string configuration) {
  auto& ranks = world();
  const auto device = start_execution(options.execution, ranks);
  const auto prompts = prompt_list(options);
  auto scheduler = make_scheduler(options.scheduler_path(), options.scheduler, options.eta);
  scheduler->set_timesteps(options.sampling.steps); // what it refuses should not wait for the weights
  const auto vae_shape = AutoencoderKLOptions::read(vae_folder(options.model) / "config.json");
  const auto unet_shape = UNet2DConditionOptions::read(options.unet_path() / "config.json");
  const StartingNoise noise(latent_shape(options, unet_shape, vae_shape), prompts.samples(), options.seed, options.latents);
  const auto height = noise.shape()[1] * vae_shape.factor(), width = noise.shape()[2] * vae_shape.factor();

  const LoadOptions load{.dtype = parse_dtype(options.dtype), .device = device, .check_finite = options.check_finite};
  PromptConditions conditions(options.sources(), load);
  conditions.check_width(unet_shape.cross_attention_dim, options.unet_path());
  const auto encoder_digest =
      ranks.broadcast(ranks.is_root() ? weights_digest(text_encoder_folder(options.sources().encoder)) : std::string());
  conditions.check_encoder(encoder_digest);
  TextToImage sampler(load_unet_2d_condition(options.unet_path(), load), load_autoencoder_kl(options.model, load),
                      std::move(scheduler), options.sampling);

  configuration += digests_of(options, prompts, noise, encoder_digest, ranks);
  RunFolder folder(options.execution.out, "generate", configuration, ranks);
  const auto batch_size = options.batch_size > 0 ? options.batch_size : autoencoder_batch_size(height, width);
  ShardedRun run(folder, prompts.samples(), batch_size, image_set_attributes("generate", configuration), "generate", "images");
  if (ranks.is_root() && !run.complete()) tell_cut(conditions.tokens(), all_prompts(prompts, options));
  conditions.encode_ahead(prompts_to_encode(prompts, run.mine(), options));
  Generation generation(sampler, conditions, prompts, noise, options);
  run.for_each([&](Batch batch, Progress& progress) {
    try {
      return generation(batch, progress);
    } catch (const NotFinite& error) {
      const auto sample = batch.begin + error.sample();
      throw std::runtime_error(fmt::format("image {} (sample {} of the run): {}", prompts.id(sample), sample, error.what()));
    }
  });
  run.merge();
  if (ranks.is_root()) write_contact_sheet(folder.path() / "contact_sheet.png", folder.results());
  return kDone;
}

void add_condition_options(CLI::App& app, GenerateOptions& options) {
  app.add_option("--model", options.model, "Stable Diffusion 1.x folder (docs/models.md)")->required();
  app.add_option("--unet", options.unet, "the U-Net's folder, in place of the model's");
  app.add_option("--embedding", options.embedding,
                 "learned tokens for the model's text encoder: learned_embeds.safetensors or .bin");
  app.add_option("--encoder", options.encoder, "another text encoder's folder: its token states in place of CLIP's")
      ->excludes("--embedding");
  app.add_option("--projection", options.projection, "the projection of that encoder's vectors (docs/formats.md)")
      ->needs("--encoder");
  app.add_option("--prompt", options.prompt, "texts to make images of");
  app.add_option("--prompts", options.prompts, "a file of them: a text set, or a prompt a line");
  app.add_option("--negative", options.negative, "what guidance leads away from; by default the empty text");
}

void add_sampling_options(CLI::App& app, GenerateOptions& options) {
  app.add_option("--n", options.n, "images of each prompt")->check(CLI::Range(1, 1 << 24))->capture_default_str();
  app.add_option("--scheduler", options.scheduler, "ddpm, ddim, pndm or dpmsolver++; by default the model's own");
  app.add_option("--steps", options.sampling.steps, "denoising steps")->capture_default_str();
  app.add_option("--eta", options.eta, "ddim: the share of DDPM's noise that a step adds")
      ->check(CLI::Range(0., 1.))
      ->capture_default_str();
  app.add_option("--guidance", options.sampling.guidance, "scale of classifier-free guidance; 1 or less: none")
      ->capture_default_str();
  for (auto [name, side] : {std::pair{"--height", &options.height}, {"--width", &options.width}}) {
    app.add_option(name, *side, "pixels; 0: as the U-Net was trained")->check(CLI::Range(0, 1 << 16))->capture_default_str();
  }
  app.add_option("--seed", options.seed, "seed of the noise")->capture_default_str();
  app.add_option("--latents", options.latents, "starting noise: /latents float32 [samples,4,h,w] of an HDF5 file or a run");
  app.add_flag("--save-latents", options.save_latents, "keep the denoised latents, float32 [N,4,h,w], with the scaling factor");
  app.add_flag("--vae-slicing", options.sampling.vae_slicing, "decode one image at a time, for less memory");
  app.add_flag("--vae-tiling", options.sampling.vae_tiling, "decode in overlapping tiles, for images larger than memory");
  app.add_flag("--check-finite", options.check_finite, "refuse weights with a number that is not finite");
  add_dtype_option(app, options.dtype);
  app.add_option("--batch-size", options.batch_size, "images that the model makes at once; 0: as many as have 512² pixels together")
      ->check(CLI::Range(0, 4096))
      ->capture_default_str();
}

} // namespace

Subcommand generate_command(CLI::App& parent) {
  auto* app = parent.add_subcommand("generate", "Images of prompts by Stable Diffusion, or by an adaptation of it");
  auto options = std::make_shared<GenerateOptions>();
  add_condition_options(*app, *options);
  add_sampling_options(*app, *options);
  add_execution_options(*app, options->execution);
  return {app, [app, options] { return generate(*options, result_configuration(*app)); }};
}

} // namespace cxr
