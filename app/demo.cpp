/// @file
/// The reconstruction study (Table 1's layout, the quality summary, Figure 3) on phantoms and the toy models of models/toy.
///
///     cxr demo --out demo
///
/// Each step is a command that a user can type; the demo prints it before it runs it. The phantoms' seed is none that the toy
/// models were trained on, and without Inception weights the Fréchet distances use seeded random ones, as the table says.
#include "app/demo.h"

#include <filesystem>

#include "core/atomic_file.h"
#include "core/error.h"
#include "core/log.h"
#include "dist/communicator.h"
#include "run/execution_options.h"

namespace cxr {
namespace fs = std::filesystem;
namespace {

struct DemoOptions {
  fs::path models;
  std::int64_t images = 200, size = 128;
  std::uint64_t seed = 2022;
  ExecutionOptions execution;
};

/// models/toy of the source tree, or of the installation that this program belongs to.
fs::path toy_models() {
  const auto installed = fs::read_symlink("/proc/self/exe").parent_path().parent_path() / CXR_DATA_FOLDER / "models" / "toy";
  return fs::exists(installed) ? installed : fs::path(CXR_SOURCE_MODELS) / "toy";
}

constexpr const char* kStudy = R"([[arm]]
dataset = "phantom"
name = "Phantoms"
images = "phantoms.h5"
reconstruct = "runs/reconstruct"
classify_original = "runs/classify-original"
classify_reconstruction = "runs/classify-reconstruction"
fid = "fid.json"
)";

class Demo {
 public:
  Demo(const DemoOptions& options, CommandRunner run) : options_(options), out_(options.execution.out), run_(std::move(run)) {}

  int operator()() {
    const auto models = options_.models.empty() ? toy_models() : options_.models;
    const auto images = path("phantoms.h5"), reconstructions = path("runs/reconstruct");
    if (world().is_root()) fs::create_directories(out_ / "runs");
    world().barrier();

    if (!fs::exists(images)) {
      step("Phantoms: procedural radiographs with findings drawn in",
           {"prep", "phantom", "--n", fmt::format("{}", options_.images), "--size", fmt::format("{}", options_.size), "--seed",
            fmt::format("{}", options_.seed), "--out", images});
    }
    step("Encode and decode each with the toy autoencoder",
         {"reconstruct", "--model", models.string(), "--images", images, "--out", reconstructions});
    step("Classify the originals",
         {"classify", "--classifier", (models / "xrv").string(), "--images", images, "--out", path("runs/classify-original")});
    step("Classify the reconstructions", {"classify", "--classifier", (models / "xrv").string(), "--images", reconstructions,
                                          "--out", path("runs/classify-reconstruction")});
    if (!fs::exists(out_ / "fid.json")) {
      step("Fréchet distances, on an Inception network with random weights",
           {"fid", "--real", images, "--fake", reconstructions, "--model", "random", "--out", path("fid.json")});
    }
    world().barrier();
    if (!world().is_root()) return kDone;
    write_file_atomically(out_ / "study.toml", kStudy);
    step("Tables", {"tables", out_.string()});
    step("Figure 3", {"figures", out_.string()});
    log::info("\nDone. Tables: {}   figures: {}", path("tables"), path("figures"));
    return kDone;
  }

 private:
  std::string path(const char* name) const { return (out_ / name).string(); }

  void step(const char* what, const std::vector<std::string>& arguments) {
    log::info("\n{}\n  cxr {}", what, fmt::join(arguments, " "));
    if (const int status = run_(arguments); status != kDone)
      throw std::runtime_error(fmt::format("{}: exit status {}", arguments[0], status));
  }

  const DemoOptions& options_;
  fs::path out_;
  CommandRunner run_;
};

} // namespace

Subcommand demo_command(CLI::App& parent, CommandRunner run) {
  auto* app = parent.add_subcommand("demo", "The reconstruction study on built-in phantoms and toy models; no downloads");
  auto options = std::make_shared<DemoOptions>();
  options->execution.out = "demo";
  app->add_option("--images", options->images, "how many phantoms")->check(CLI::Range(64, 1 << 20))->capture_default_str();
  app->add_option("--size", options->size, "their side in pixels")->check(CLI::Range(64, 1024))->capture_default_str();
  app->add_option("--seed", options->seed, "seed of the phantoms")->capture_default_str();
  app->add_option("--models", options->models, "folder of toy models; the built-in ones if not given");
  add_execution_options(*app, options->execution, "");
  app->add_option("--out", options->execution.out, "the study's folder; the same command goes on with it")
      ->capture_default_str()
      ->group(kExecutionGroup);
  return {app, [options, run = std::move(run)] { return Demo(*options, run)(); }};
}

} // namespace cxr
