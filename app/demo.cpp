/// @file
/// `cxr demo`: the study of experiments/studies/demo.toml, at toy size on built-in phantoms; then its tables on the terminal.
///
///     cxr demo --out demo
#include "app/demo.h"

#include <cstdio>
#include <fstream>

#include "core/error.h"
#include "core/log.h"
#include "study/shipped_files.h"

namespace cxr {
namespace fs = std::filesystem;
namespace {

struct DemoOptions {
  StudyOptions study;
  std::int64_t images = 200, samples = 50;
  double training = 1;
  std::uint64_t seed = 2022;
};

/// The demo's options as settings of the study.
std::vector<std::string> settings_of(const DemoOptions& options) {
  const auto steps = [&](double full) { return std::max<std::int64_t>(std::llround(full * options.training), 1); };
  return {fmt::format("images={}", options.images),       fmt::format("samples={}", options.samples),
          fmt::format("reals={}", 2 * options.samples),   fmt::format("seed={}", options.seed),
          fmt::format("pairs-seed={}", options.seed + 1), fmt::format("projection-steps={}", steps(300)),
          fmt::format("inversion-steps={}", steps(100)),  fmt::format("unet-steps={}", steps(400)),
          fmt::format("warmup={}", steps(400) / 20)};
}

int run_demo(const DemoOptions& options, const OptionQuery& has_option) {
  auto study = options.study;
  study.file = study::shipped("experiments/studies/demo.toml");
  const auto settings = settings_of(options);
  study.set.insert(study.set.begin(), settings.begin(), settings.end());
  const int status = run_study(study, has_option);
  if (status != kDone || study.is_dry) return status;
  std::ifstream tables(study.out / "tables" / "tables.md");
  for (std::string line; std::getline(tables, line);) std::puts(line.c_str());
  std::fflush(stdout);
  log::info("\nTables: {0}   figures: {1}   report, for a browser: {2}", (study.out / "tables").string(),
            (study.out / "figures").string(), (study.out / "report.html").string());
  return kDone;
}

} // namespace

Subcommand demo_command(CLI::App& parent, OptionQuery has_option) {
  auto* app = parent.add_subcommand("demo", "The paper's studies at toy size, on built-in phantoms and toy models; no downloads");
  auto options = std::make_shared<DemoOptions>();
  auto& study = options->study;
  study.out = "demo";
  app->add_option("--images", options->images, "how many phantoms are reconstructed")
      ->check(CLI::Range(64, 1 << 20))
      ->capture_default_str();
  app->add_option("--samples", options->samples, "how many images are sampled a prompt")
      ->check(CLI::Range(16, 1 << 20))
      ->capture_default_str();
  app->add_option("--training", options->training,
                  "share of the steps that adaptations are trained for; less is quicker and draws worse")
      ->check(CLI::Range(0.001, 100.))
      ->capture_default_str();
  app->add_option("--seed", options->seed, "seed of the phantoms and samples")->capture_default_str();
  app->add_option("--set", study.set, "NAME=VALUE: a setting or input of demo.toml; may be given again");
  app->add_option("--out", study.out, "the study's folder; the same command goes on with it")->capture_default_str();
  app->add_flag("--dry-run", study.is_dry, "only draw the graph: what is done, stale and to do");
  app->add_option("--only", study.only, "steps, or patterns of their names; what they need must be done");
  app->add_option("--ranks", study.ranks, "of a step that takes any number")->check(CLI::Range(1, 1 << 20));
  app->add_option("--jobs", study.jobs, "steps at a time at most; by default as many as there are cores")
      ->check(CLI::Range(1, 1024));
  app->add_flag("--quiet", study.is_quiet, "no lines but warnings and errors");
  return {app, [options, has_option = std::move(has_option)] { return run_demo(*options, has_option); }};
}

} // namespace cxr
