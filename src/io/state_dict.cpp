#include "io/state_dict.h"

#include "core/error.h"
#include "io/json.h"
#include "io/safetensors.h"
#include "io/torch_pickle.h"

namespace cxr {
namespace {

namespace fs = std::filesystem;

bool is_pickle(const fs::path& path) {
  constexpr std::array<std::string_view, 4> kExtensions{".bin", ".pt", ".pth", ".ckpt"};
  return std::ranges::find(kExtensions, path.extension().string()) != kExtensions.end();
}

StateDict read_one_file(const fs::path& path) {
  if (path.extension() == ".safetensors") return read_safetensors(path);
  if (is_pickle(path)) return read_torch_pickle(path);
  throw InputError(path.string(), "", "a file ending in .safetensors, .index.json, .bin, .pt, .pth or .ckpt",
                   fmt::format("'{}'", path.extension().string()));
}

// {"metadata": …, "weight_map": {key: file}}, the files beside the index.
StateDict read_sharded(const fs::path& path) {
  const JsonFile index(path);
  if (!index.has("weight_map") || !index.root()["weight_map"].is_object()) index.refuse("weight_map", "an object", "none");
  std::map<std::string, std::vector<std::string>> keys_of; // by file
  for (const auto& [key, file] : index.root()["weight_map"].items()) {
    if (!file.is_string()) index.refuse("weight_map: " + key, "a file's name", file.type_name());
    const auto name = file.get<std::string>();
    // A name may not lead out of the folder, or a foreign index could have any file read.
    if (name.empty() || fs::path(name).filename() != name || name == "." || name == "..") {
      index.refuse("weight_map: " + key, "the name of a file beside the index", name);
    }
    keys_of[name].push_back(key);
  }
  StateDict tensors;
  for (const auto& [file, keys] : keys_of) {
    const auto shard_path = path.parent_path() / file;
    const auto shard = read_one_file(shard_path);
    for (const auto& key : keys) {
      const auto found = shard.find(key);
      if (found == shard.end()) throw InputError(shard_path.string(), key, "a tensor that the index places here", "none");
      tensors.insert(*found);
    }
  }
  return tensors;
}

} // namespace

StateDict read_state_dict(const fs::path& path) {
  return path.string().ends_with(".index.json") ? read_sharded(path) : read_one_file(path);
}

} // namespace cxr
