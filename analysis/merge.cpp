#include "analysis/commands.h"
#include "core/error.h"
#include "core/log.h"
#include "io/hdf5.h"
#include "io/shard_file.h"

namespace cxr {
namespace {

namespace fs = std::filesystem;

struct MergeOptions {
  fs::path run;
  bool linked = false;
};

bool has_shards(const fs::path& run) {
  const auto shards = run / "shards";
  return fs::is_directory(shards) && std::any_of(fs::directory_iterator(shards), fs::directory_iterator(),
                                                 [](const auto& entry) { return entry.path().extension() == ".h5"; });
}

int merge(const MergeOptions& options) {
  if (!fs::exists(options.run / "config.toml")) {
    throw InputError(options.run.string(), "", "a run's folder, with config.toml",
                     fs::exists(options.run) ? "none" : "no such folder");
  }
  const auto results = options.run / "results.h5";
  if (!has_shards(options.run) && fs::exists(results)) {
    log::info("{}: merged already", results.string());
    return kDone;
  }
  merge_shards(options.run / "shards", results, options.linked);
  const auto samples = hdf5::File::open(results).shape("index").at(0);
  log::info("{}: {} samples", results.string(), samples);
  return kDone;
}

} // namespace

Subcommand merge_command(CLI::App& parent) {
  const auto options = std::make_shared<MergeOptions>();
  auto* app = parent.add_subcommand("merge", "join a run's shards into its results.h5, or say exactly what is missing");
  app->add_option("run", options->run, "the run's folder")->required();
  app->add_flag("--virtual", options->linked, "link to the shards instead of copying them; they must then stay where they are");
  return {app, [options] { return merge(*options); }};
}

} // namespace cxr
