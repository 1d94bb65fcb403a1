/// @file
/// Training of a textual projection (Chambon et al. 2022, sections 2.5 and 3.1; Tables 4 and 5): from a domain encoder's vectors of
/// prompts to CLIP's, so that the domain encoder can condition Stable Diffusion.
///
///     mpirun -n 4 cxr train projection --config experiments/recipes/projection_document.toml --encoder CXR-BERT-specialized
///       --clip stable-diffusion-v1-4 --prompts laion.h5 --held-out 1000 --impressions study.h5 --out runs/projection-document
///
/// Level document: one vector a prompt, to the state of CLIP's end token. Level token: each token's state to one of CLIP's
/// (training/token_pairing.h). `cxr generate --encoder CXR-BERT-specialized --projection
/// runs/projection-document/projection.safetensors` takes the result.
#include "core/error.h"
#include "experiments/commands.h"
#include "experiments/embedding_pairs.h"
#include "experiments/encoder_checks.h"
#include "experiments/projection_objective.h"
#include "experiments/provenance.h"
#include "run/execution_options.h"
#include "training/trainer.h"

namespace cxr {
namespace fs = std::filesystem;
namespace {

struct ProjectionRunOptions {
  fs::path encoder, clip, prompts, validation_prompts, impressions, source_embeddings, target_embeddings;
  std::string level = "document", extraction = "cls", pairing = "position", loss = "mse", dtype = "bfloat16";
  std::int64_t held_out = 0, hidden = 0, layers = 1;
  TrainerOptions trainer{.steps = 10'000, .batch_size = 100, .schedule = {.learning_rate = 1e-3}, .checkpoint_every = 500};
  ExecutionOptions execution;

  std::optional<Extraction> extraction_asked() const {
    if (level == "token") return std::nullopt;
    return parse_extraction(extraction);
  }
};

/// How many of the prompts are trained on: the first. The others are held out.
std::int64_t training_prompts(const ProjectionRunOptions& options, const TextSet& prompts) {
  if (options.held_out < prompts.size()) return prompts.size() - options.held_out;
  throw InputError("--held-out", "", fmt::format("fewer than the {} prompts of {}", prompts.size(), prompts.path().string()),
                   fmt::format("{}", options.held_out));
}

void check_encoders(const PromptEncoder& source, const PromptEncoder& clip, std::optional<Extraction> extraction) {
  if (extraction) check_offers(source.encoder(), *extraction, source.folder());
  if (clip.encoder().has_fixed_length()) return;
  throw InputError((clip.folder() / "config.json").string(), "model_type",
                   "clip_text_model or clip, whose states Stable Diffusion reads", "another encoder's");
}

/// Vectors that were made before.
std::unique_ptr<ProjectionPairSource> embedding_pairs(const ProjectionRunOptions& options, const TextSet& prompts,
                                                      PromptTexts texts, const PromptEncoder& source, const PromptEncoder& clip,
                                                      at::Device device) {
  const auto extraction = options.extraction_asked();
  if (!extraction) {
    throw InputError("--source-embeddings", "",
                     "--level document: `cxr embed` hides padding from a text's tokens, `cxr generate` does not", "--level token");
  }
  const auto read = [&](const fs::path& run, const PromptEncoder& encoder, Extraction kind) {
    return read_embeddings_of(run, {.set = prompts.identity(),
                                    .encoder = weights_digest(encoder.folder()),
                                    .config = config_digest(encoder.folder()),
                                    .tokenizer = tokenizer_digest(encoder.tokenizer()),
                                    .extraction = kind,
                                    .rows = prompts.size(),
                                    .width = encoder.encoder().width(kind)});
  };
  return std::make_unique<EmbeddingPairs>(std::move(texts), read(options.source_embeddings, source, *extraction),
                                          read(options.target_embeddings, clip, Extraction::kPooler), device);
}

int train_projection(const ProjectionRunOptions& options, std::string configuration) {
  auto& ranks = world();
  check_batch_size(options.trainer, ranks);
  const auto device = start_execution(options.execution, ranks);
  const auto extraction = options.extraction_asked();
  const auto pairing = parse_token_pairing(options.pairing);
  const TextSet prompts(options.prompts);
  const auto trained = training_prompts(options, prompts);
  const LoadOptions load{.dtype = parse_dtype(options.dtype), .device = device};
  PromptEncoder source(options.encoder, load), clip(options.clip, load);
  check_encoders(source, clip, extraction);

  InputDigests inputs{{"prompts", [&] { return prompts.identity(); }}};
  const auto pairs_of = [&](PromptTexts texts) {
    return std::make_unique<PromptPairs>(std::move(texts), source, clip, extraction, pairing);
  };
  std::vector<HeldOutPairs> held_out;
  const auto hold_out = [&](const char* name, const fs::path& path) {
    if (path.empty()) return;
    const TextSet set(path);
    held_out.push_back({name, pairs_of(PromptTexts(set, 0, set.size()))});
    inputs.emplace_back(name, [identity = set.identity()] { return identity; });
  };
  if (options.held_out > 0) held_out.push_back({"validation", pairs_of(PromptTexts(prompts, trained, options.held_out))});
  hold_out("validation", options.validation_prompts);
  hold_out("impressions", options.impressions);

  PromptTexts texts(prompts, 0, trained);
  std::unique_ptr<ProjectionPairSource> training;
  if (options.source_embeddings.empty()) {
    training = pairs_of(std::move(texts));
  } else {
    training = embedding_pairs(options, prompts, std::move(texts), source, clip, device);
  }

  const auto encoder_digest = ranks.broadcast(ranks.is_root() ? weights_digest(source.folder()) : std::string());
  inputs.insert(inputs.end(), {{"encoder", [&] { return encoder_digest; }},
                               {"encoder_config", [&] { return config_digest(source.folder()); }},
                               {"clip_config", [&] { return config_digest(clip.folder()); }},
                               {"encoder_tokenizer", [&] { return tokenizer_digest(source.tokenizer()); }},
                               {"clip", [&] { return weights_digest(clip.folder()); }},
                               {"clip_tokenizer", [&] { return tokenizer_digest(clip.tokenizer()); }}});
  configuration += inputs_configuration(inputs, ranks);
  RunFolder folder(options.execution.out, "train projection", configuration, ranks);

  const auto out = clip.encoder().hidden_size();
  auto projection = random_textual_projection({.in_width = source.width(extraction),
                                               .hidden_width = options.hidden > 0 ? options.hidden : out,
                                               .out_width = out,
                                               .layers = options.layers,
                                               .extraction = extraction,
                                               .encoder = encoder_name(options.encoder),
                                               .encoder_digest = encoder_digest},
                                              options.trainer.seed);
  projection->to(device);
  ProjectionObjective objective(std::move(projection), parse_projection_loss(options.loss), std::move(training),
                                std::move(held_out), ranks);
  train(folder, objective, options.trainer, device);
  return kDone;
}

void add_input_options(CLI::App& app, ProjectionRunOptions& options) {
  app.add_option("--encoder", options.encoder, "the domain's text encoder: its folder (docs/models.md)")->required();
  app.add_option("--clip", options.clip, "CLIP's text encoder: its folder, or a Stable Diffusion folder")->required();
  app.add_option("--prompts", options.prompts, "text set to train on (cxr prep laion)")->required();
  auto* held_out = app.add_option("--held-out", options.held_out, "so many of the prompts, the last, are kept for validation")
                       ->check(CLI::Range(std::int64_t{0}, std::int64_t{1} << 40))
                       ->capture_default_str();
  app.add_option("--validation-prompts", options.validation_prompts, "text set of prompts to validate on, in place of --held-out")
      ->excludes(held_out);
  app.add_option("--impressions", options.impressions, "text set of radiology impressions to validate on, or an image set");
  auto* source = app.add_option("--source-embeddings", options.source_embeddings,
                                "run of cxr embed over --prompts by --encoder and --extraction: nothing is computed again");
  auto* target = app.add_option("--target-embeddings", options.target_embeddings,
                                "run of cxr embed over --prompts by --clip and the extraction pooler");
  source->needs(target);
  target->needs(source);
}

void add_projection_options(CLI::App& app, ProjectionRunOptions& options) {
  app.add_option("--level", options.level, "what is projected: one vector a prompt, or each token's state")
      ->check(CLI::IsMember({"document", "token"}))
      ->capture_default_str();
  app.add_option("--extraction", options.extraction, "of level document: what stands for a prompt")
      ->check(CLI::IsMember({"cls", "mean", "pooler", "specific"}))
      ->capture_default_str();
  app.add_option(
         "--pairing", options.pairing,
         "of level token: the i-th state becomes CLIP's i-th, padding among them; the same without padding; or CLIP's at the "
         "same share of its length")
      ->check(CLI::IsMember({"position", "common", "interpolate"}))
      ->capture_default_str();
  app.add_option("--loss", options.loss, "squared, absolute or Huber's error, or 1 - cosine")
      ->check(CLI::IsMember({"mse", "l1", "huber", "cosine"}))
      ->capture_default_str();
  app.add_option("--hidden", options.hidden, "width between the linear layers; 0: CLIP's")
      ->check(CLI::Range(std::int64_t{0}, std::int64_t{1} << 16))
      ->capture_default_str();
  app.add_option("--layers", options.layers, "blocks of linear, layer norm and ReLU before the last linear")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{64}))
      ->capture_default_str();
}

} // namespace

Subcommand train_projection_command(CLI::App& train) {
  auto* app = train.add_subcommand("projection", "A domain encoder's vectors to CLIP's");
  auto options = std::make_shared<ProjectionRunOptions>();
  add_input_options(*app, *options);
  add_projection_options(*app, *options);
  add_trainer_options(*app, options->trainer);
  add_dtype_option(*app, options->dtype);
  add_execution_options(*app, options->execution);
  return {app, [app, options] { return train_projection(*options, result_configuration(*app)); }};
}

} // namespace cxr
