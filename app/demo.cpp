/// @file
/// Three studies on phantoms and the toy models of models/toy: reconstruction (Table 1's layout, the quality summary, Figure 3),
/// text encoders (Tables 2 and 3, Figures 6 to 8) and generation, by the model as it is and by each of the paper's adaptations of
/// it, which are trained here (Tables 4 and 5, Figures 1 and 4).
///
///     cxr demo --out demo
///
/// Each step is a command that a user can type; the demo prints it before it runs it. The phantoms' seeds are none that the toy
/// models were trained on, and without Inception weights the Fréchet distances use seeded random ones, as the table says.
#include "app/demo.h"

#include "app/demo_adaptation.h"
#include "app/demo_study.h"
#include "core/atomic_file.h"
#include "core/error.h"
#include "core/log.h"
#include "dist/communicator.h"
#include "run/execution_options.h"

namespace cxr {
namespace fs = std::filesystem;
namespace {

struct DemoOptions {
  DemoSettings settings;
  ExecutionOptions execution;
};

/// models/toy of the source tree, or of the installation that this program belongs to.
fs::path toy_models() {
  const auto installed = fs::read_symlink("/proc/self/exe").parent_path().parent_path() / CXR_DATA_FOLDER / "models" / "toy";
  return fs::exists(installed) ? installed : fs::path(CXR_SOURCE_MODELS) / "toy";
}

int run_demo(const DemoOptions& options, const CommandRunner& run) {
  if (world().size() > kDemoBatchSize) {
    throw InputError("cxr demo", "ranks", fmt::format("at most {}, the samples of a training's step", kDemoBatchSize),
                     fmt::format("{}", world().size()));
  }
  auto settings = options.settings;
  settings.out = options.execution.out;
  settings.quiet = options.execution.quiet;
  if (settings.models.empty()) settings.models = toy_models();
  if (world().is_root()) fs::create_directories(settings.out / "runs");
  world().barrier();
  const DemoSteps steps(settings, run);
  auto study = study_reconstruction(steps);
  study += study_text_encoders(steps);
  study += study_generation(steps);
  world().barrier();
  if (!world().is_root()) return kDone;
  write_file_atomically(settings.out / "study.toml", study);
  steps.run("Tables", {"tables", settings.out.string()});
  steps.run("Figures", {"figures", settings.out.string()});
  log::info("\nDone. Tables: {}   figures: {}", steps.path("tables"), steps.path("figures"));
  return kDone;
}

} // namespace

Subcommand demo_command(CLI::App& parent, CommandRunner run) {
  auto* app = parent.add_subcommand("demo", "Three studies on built-in phantoms and toy models; no downloads");
  auto options = std::make_shared<DemoOptions>();
  auto& settings = options->settings;
  options->execution.out = "demo";
  app->add_option("--images", settings.images, "how many phantoms are reconstructed")
      ->check(CLI::Range(64, 1 << 20))
      ->capture_default_str();
  app->add_option("--size", settings.size, "their side in pixels")->check(CLI::Range(64, 1024))->capture_default_str();
  app->add_option("--samples", settings.samples, "how many images are sampled a prompt")
      ->check(CLI::Range(16, 1 << 20))
      ->capture_default_str();
  app->add_option("--training", settings.training,
                  "share of the steps that adaptations are trained for; less is quicker and draws worse")
      ->check(CLI::Range(0.001, 100.))
      ->capture_default_str();
  app->add_option("--seed", settings.seed, "seed of the phantoms and samples")->capture_default_str();
  app->add_option("--models", settings.models, "folder of toy models; the built-in ones if not given");
  add_execution_options(*app, options->execution, "");
  app->add_option("--out", options->execution.out, "the study's folder; the same command goes on with it")
      ->capture_default_str()
      ->group(kExecutionGroup);
  return {app, [options, run = std::move(run)] { return run_demo(*options, run); }};
}

} // namespace cxr
