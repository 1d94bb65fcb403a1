/// @file
/// Two studies on phantoms and the toy models of models/toy: reconstruction (Table 1's layout, the quality summary, Figure 3), and
/// text encoders (Tables 2 and 3, Figures 6 to 8).
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

/// A toy text encoder, and what it offers to stand for a text.
struct ToyEncoder {
  const char *folder, *name;
  std::vector<const char*> extractions;
};

const std::vector<ToyEncoder>& toy_encoders() {
  static const std::vector<ToyEncoder> encoders = {{"bert", "Toy BERT", {"cls", "mean", "pooler"}},
                                                   {"roberta", "Toy RoBERTa", {"cls", "mean"}},
                                                   {"cxr-bert", "Toy CXR-BERT", {"cls", "mean", "specific"}},
                                                   {"clip", "Toy CLIP", {"cls", "mean", "pooler", "specific"}}};
  return encoders;
}

/// Where the runs of an encoder and extraction are, relative to the study.
std::string embed_run(const ToyEncoder& encoder, const char* extraction) {
  return fmt::format("runs/embed-{}-{}", encoder.folder, extraction);
}
std::string retrieve_run(const ToyEncoder& encoder, const char* extraction) {
  return fmt::format("runs/retrieve-{}-{}", encoder.folder, extraction);
}

constexpr const char* kReconstructionStudy = R"([[arm]]
dataset = "phantom"
name = "Phantoms"
images = "phantoms.h5"
reconstruct = "runs/reconstruct"
classify_original = "runs/classify-original"
classify_reconstruction = "runs/classify-reconstruction"
fid = "fid.json"
)";

std::string encoder_study() {
  std::string toml;
  for (const auto& encoder : toy_encoders()) {
    toml += fmt::format("\n[[encoder]]\nname = \"{}\"\n", encoder.name);
    for (const auto* extraction : encoder.extractions) {
      toml += fmt::format("{0} = \"{1}\"\nembed_{0} = \"{2}\"\n", extraction, retrieve_run(encoder, extraction),
                          embed_run(encoder, extraction));
    }
  }
  return toml + "\n[bag_of_words]\nretrieve = \"runs/retrieve-words\"\n";
}

class Demo {
 public:
  Demo(const DemoOptions& options, CommandRunner run)
      : options_(options),
        models_(options.models.empty() ? toy_models() : options.models),
        out_(options.execution.out),
        run_(std::move(run)) {}

  int operator()() {
    if (world().is_root()) fs::create_directories(out_ / "runs");
    world().barrier();
    study_reconstruction();
    study_text_encoders();
    world().barrier();
    if (!world().is_root()) return kDone;
    write_file_atomically(out_ / "study.toml", kReconstructionStudy + encoder_study());
    step("Tables", {"tables", out_.string()});
    step("Figures", {"figures", out_.string()});
    log::info("\nDone. Tables: {}   figures: {}", path("tables"), path("figures"));
    return kDone;
  }

 private:
  void study_reconstruction() {
    const auto images = path("phantoms.h5"), reconstructions = path("runs/reconstruct");
    if (!fs::exists(images)) {
      step("Phantoms: procedural radiographs with findings drawn in",
           {"prep", "phantom", "--n", fmt::format("{}", options_.images), "--size", fmt::format("{}", options_.size), "--seed",
            fmt::format("{}", options_.seed), "--out", images});
    }
    step("Encode and decode each with the toy autoencoder",
         {"reconstruct", "--model", models_.string(), "--images", images, "--out", reconstructions});
    step("Classify the originals",
         {"classify", "--classifier", (models_ / "xrv").string(), "--images", images, "--out", path("runs/classify-original")});
    step("Classify the reconstructions", {"classify", "--classifier", (models_ / "xrv").string(), "--images", reconstructions,
                                          "--out", path("runs/classify-reconstruction")});
    if (!fs::exists(out_ / "fid.json")) {
      step("Fréchet distances, on an Inception network with random weights",
           {"fid", "--real", images, "--fake", reconstructions, "--model", "random", "--out", path("fid.json")});
    }
  }

  void study_text_encoders() {
    const auto reports = path("reports.h5");
    if (!fs::exists(reports)) {
      step("Impressions of phantoms, 50 for each of the 14 labels",
           {"prep", "phantom", "--reports", "--seed", fmt::format("{}", options_.seed), "--out", reports});
    }
    step("What words alone retrieve",
         {"retrieve", "--bag-of-words", "--reports", reports, "--out", path("runs/retrieve-words"), "--quiet"});
    for (const auto& encoder : toy_encoders()) {
      for (const auto* extraction : encoder.extractions) {
        const auto vectors = path(embed_run(encoder, extraction));
        step(fmt::format("{}: a vector a report ({}), and what it retrieves", encoder.name, extraction),
             {"embed", "--encoder", (models_ / encoder.folder).string(), "--extraction", extraction, "--reports", reports, "--out",
              vectors});
        step("", {"retrieve", "--embeddings", vectors, "--reports", reports, "--out", path(retrieve_run(encoder, extraction)),
                  "--quiet"});
      }
    }
  }

  std::string path(const std::string& name) const { return (out_ / name).string(); }

  /// Runs a command. @param what headline; empty: it belongs to the step before
  void step(const std::string& what, const std::vector<std::string>& arguments) {
    if (!what.empty()) log::info("\n{}", what);
    log::info("  cxr {}", fmt::join(arguments, " "));
    const int status = run_(arguments);
    log::set_quiet(options_.execution.quiet); // the command may have had its own --quiet
    if (status != kDone) throw std::runtime_error(fmt::format("{}: exit status {}", arguments[0], status));
  }

  const DemoOptions& options_;
  fs::path models_, out_;
  CommandRunner run_;
};

} // namespace

Subcommand demo_command(CLI::App& parent, CommandRunner run) {
  auto* app = parent.add_subcommand("demo", "Both studies on built-in phantoms and toy models; no downloads");
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
