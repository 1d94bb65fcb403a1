#include <fmt/ranges.h>

#include "analysis/info.h"
#include "core/error.h"
#include "io/json.h"
#include "io/state_dict.h"

namespace cxr {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 7> kCheckpointEndings = {
    ".safetensors", ".bin", ".pt", ".pth", ".ckpt", ".safetensors.index.json", ".bin.index.json"};

// The fields that say what a model is, of diffusers, transformers and torchxrayvision folders.
constexpr std::array<const char*, 4> kNamingFields = {"_class_name", "architectures", "arch", "model_type"};

std::vector<fs::path> weight_files(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.is_regular_file() && is_checkpoint_name(entry.path())) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

// Sizes only: a description need not read gigabytes.
Description describe_weights(const fs::path& folder) {
  auto weights = Description::object();
  for (const auto& file : weight_files(folder)) weights[file.filename().string()] = fmt::format("{} bytes", fs::file_size(file));
  return weights;
}

Description describe_component(const fs::path& folder) {
  Description description = {{"kind", "model"}, {"path", folder.string()}};
  const JsonFile config(folder / "config.json");
  for (const auto* field : kNamingFields) {
    if (config.has(field)) description[field] = config.root().at(field);
  }
  description["configuration"] = config.root();
  description["weights"] = describe_weights(folder);
  return description;
}

} // namespace

bool is_checkpoint_name(const fs::path& path) {
  const auto name = path.filename().string();
  return std::any_of(kCheckpointEndings.begin(), kCheckpointEndings.end(), [&](auto ending) { return name.ends_with(ending); });
}

Description describe_checkpoint(const fs::path& path) {
  const auto state = read_state_dict(path);
  std::int64_t parameters = 0;
  std::map<std::string, std::int64_t> tensors_by_type;
  auto tensors = Description::object();
  for (const auto& [key, tensor] : state) {
    parameters += tensor.numel();
    const std::string type = c10::toString(tensor.scalar_type());
    ++tensors_by_type[type];
    tensors[key] = fmt::format("{} [{}]", type, fmt::join(tensor.sizes(), ","));
  }
  return {{"kind", "checkpoint"},  {"path", path.string()},    {"tensors", state.size()},
          {"numbers", parameters}, {"types", tensors_by_type}, {"shapes", tensors}};
}

Description describe_model_folder(const fs::path& folder) {
  if (!fs::exists(folder / "model_index.json")) return describe_component(folder);
  const JsonFile index(folder / "model_index.json");
  Description description = {{"kind", "pipeline"}, {"path", folder.string()}};
  if (index.has("_class_name")) description["_class_name"] = index.root().at("_class_name");
  auto components = Description::object();
  for (const auto& [name, entry] : index.root().items()) {
    if (!entry.is_array()) continue; // a setting, not a part
    const bool present = fs::is_directory(folder / name);
    components[name] = present ? describe_weights(folder / name) : Description("not there");
  }
  description["components"] = components;
  return description;
}

} // namespace cxr
