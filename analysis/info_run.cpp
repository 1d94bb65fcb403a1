#include "analysis/info.h"
#include "analysis/study.h"
#include "core/error.h"
#include "core/toml_file.h"
#include "io/hdf5.h"

namespace cxr {
namespace {

namespace fs = std::filesystem;

/// What the shards of a run hold, without checking them: that is the merge's work.
struct ShardCount {
  std::int64_t shards = 0, samples = 0;
  std::string of; ///< the run's number of samples, as its shards say
};

ShardCount count_shards(const fs::path& folder) {
  ShardCount count;
  if (!fs::is_directory(folder)) return count;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() != ".h5") continue;
    const auto file = hdf5::File::open(entry.path());
    ++count.shards;
    count.samples += file.shape("index").at(0);
    if (file.has_attribute("/", "samples")) count.of = file.read_attribute("/", "samples");
  }
  return count;
}

} // namespace

Description describe_run(const fs::path& folder) {
  const auto file = folder / "config.toml";
  const auto config = read_toml(file);
  if (config["format"].value_or(std::string()) != "cxr-run") throw InputError(file.string(), "format", "cxr-run", "another file");
  Description description = {{"kind", "run"}, {"path", folder.string()}, {"command", config["command"].value_or(std::string())}};
  if (fs::exists(folder / "results.h5")) {
    const auto results = hdf5::File::open(folder / "results.h5");
    description["state"] = fmt::format("finished, {} samples", results.shape("index").at(0));
  } else {
    const auto count = count_shards(folder / "shards");
    description["state"] =
        fmt::format("not merged: {} of {} samples in {} shards", count.samples, count.of.empty() ? "?" : count.of, count.shards);
  }
  auto configuration = Description::object();
  if (const auto* table = config["configuration"].as_table()) {
    for (const auto& [key, value] : flatten(*table)) configuration[key] = value;
  }
  description["configuration"] = configuration;
  if (fs::exists(folder / "results.h5")) description["results"] = describe_hdf5(folder / "results.h5");
  return description;
}

Description describe_study(const fs::path& folder) {
  const auto study = read_study(folder);
  Description description = {{"kind", "study"}, {"path", folder.string()}};
  auto arms = Description::object();
  for (const auto& arm : study.arms) {
    arms[arm.name] = {{"dataset", arm.dataset},
                      {"images", arm.images.string()},
                      {"reconstruct", arm.reconstruct.string()},
                      {"classify_original", arm.classify_original.string()},
                      {"classify_reconstruction", arm.classify_reconstruction.string()}};
    if (!arm.fid.empty()) arms[arm.name]["fid"] = arm.fid.string();
  }
  description["arms"] = arms;
  return description;
}

} // namespace cxr
