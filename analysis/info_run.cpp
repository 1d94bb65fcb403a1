#include "analysis/info.h"
#include "analysis/retrieval_results.h"
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

Description describe_encoders(const Study& study) {
  auto encoders = Description::object();
  for (const auto& encoder : study.encoders) {
    auto& runs = encoders[encoder.name];
    for (std::size_t e = 0; e < kExtractions.size(); ++e) {
      if (!encoder.runs[e].retrieve.empty()) runs[kExtractions[e]] = encoder.runs[e].retrieve.string();
      if (!encoder.runs[e].embed.empty()) runs[fmt::format("embed_{}", kExtractions[e])] = encoder.runs[e].embed.string();
    }
  }
  return encoders;
}

Description names_of(const std::vector<fs::path>& paths) {
  auto names = Description::array();
  for (const auto& path : paths) names.push_back(path.string());
  return names;
}

Description describe_methods(const Study& study) {
  auto methods = Description::object();
  for (const auto& method : study.methods) {
    auto& of_method = methods[method.name];
    of_method["generate"] = method.generate.string();
    if (!method.classify.empty()) of_method["classify"] = method.classify.string();
    if (!method.fid.empty()) of_method["fid"] = names_of(method.fid);
    if (!method.diversity.empty()) of_method["diversity"] = names_of(method.diversity);
  }
  return methods;
}

} // namespace

Description describe_run(const fs::path& folder) {
  const auto file = folder / "config.toml";
  const auto config = read_toml(file);
  if (config["format"].value_or(std::string()) != "cxr-run") throw InputError(file.string(), "format", "cxr-run", "another file");
  Description description = {{"kind", "run"}, {"path", folder.string()}, {"command", config["command"].value_or(std::string())}};
  if (description["command"].get<std::string>().starts_with("train ")) {
    description.update(describe_training(folder));
  } else if (fs::exists(folder / "results.h5")) {
    const auto results = hdf5::File::open(folder / "results.h5");
    description["state"] = fmt::format("finished, {} samples", results.shape("index").at(0));
  } else {
    const auto count = count_shards(folder / "shards");
    description["state"] =
        fmt::format("not merged: {} of {} samples in {} shards", count.samples, count.of.empty() ? "?" : count.of, count.shards);
  }
  if (description["command"] == "retrieve" && fs::exists(folder / "results.h5")) {
    const auto results = read_retrieval(folder);
    description["result"] =
        fmt::format("CheXpert@{} {:.1f}, macro average ({})", results.k, 100 * results.macro, results.similarity);
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
  if (!arms.empty()) description["arms"] = arms;
  if (!study.encoders.empty()) description["encoders"] = describe_encoders(study);
  if (!study.bag_of_words.empty()) description["bag_of_words"] = study.bag_of_words.string();
  if (study.methods.empty()) return description;
  description["finding"] = study.generation.finding;
  for (const auto& prompt : study.generation.prompts) description["prompts"][prompt.key] = prompt.text;
  description["methods"] = describe_methods(study);
  return description;
}

} // namespace cxr
