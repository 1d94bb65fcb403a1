#include "app/run_inputs.h"

#include <filesystem>

#include "core/digest.h"
#include "data/image_set.h"
#include "data/text_set.h"
#include "experiments/encoder_checks.h"
#include "experiments/inception_features.h"
#include "experiments/provenance.h"
#include "models/pretrained.h"
#include "models/text_encoder.h"
#include "text/tokenizer.h"

namespace cxr {
namespace {

namespace fs = std::filesystem;

/// Options of a run by name.
class Options {
 public:
  explicit Options(const std::map<std::string, std::string>& configuration) : values_(configuration) {}
  /// The first of the options that is given; empty if none is.
  std::string first(std::initializer_list<const char*> names) const {
    for (const auto* name : names) {
      const auto found = values_.find(name);
      if (found == values_.end() || found->second.size() < 2 || found->second.front() != '"') continue;
      if (auto text = found->second.substr(1, found->second.size() - 2); !text.empty()) return text;
    }
    return "";
  }

 private:
  const std::map<std::string, std::string>& values_;
};

struct Place {
  std::string path;
  std::function<std::string()> digest;
};

Place place_of(const std::string& path, std::function<std::string(const fs::path&)> digest) {
  return {path, [path, digest = std::move(digest)] { return digest(path); }};
}

// Of a command over a set: the set, and the one model that it runs.
std::map<std::string, Place> set_places(const std::string& command, const Options& options) {
  std::map<std::string, Place> places;
  if (command == "embed" || command == "retrieve")
    places["reports"] = place_of(options.first({"reports"}), [](const fs::path& path) { return TextSet(path).identity(); });
  if (command == "reconstruct" || command == "classify" || command == "features")
    places["images"] = place_of(options.first({"images"}), [](const fs::path& path) { return ImageSet(path).identity(); });
  if (command == "train projection")
    places["prompts"] = place_of(options.first({"prompts"}), [](const fs::path& path) { return TextSet(path).identity(); });
  const auto model = options.first({"classifier", "model", "encoder"});
  if (model == kRandomWeights) return places;
  const auto folder = [=](const fs::path& path) {
    return command == "reconstruct" ? vae_folder(path) : command == "embed" ? text_encoder_folder(path) : path;
  };
  places["model"] = place_of(model, [=](const fs::path& path) { return weights_digest(folder(path)); });
  places["model_config"] = place_of(model, [=](const fs::path& path) { return config_digest(folder(path)); });
  if (command == "embed") {
    const auto tokenizer = options.first({"tokenizer"});
    places["tokenizer"] = place_of(tokenizer.empty() ? model : tokenizer, [=](const fs::path& path) {
      return tokenizer_digest(tokenizer.empty() ? tokenizer_folder(path) : path);
    });
  }
  return places;
}

// Of what draws, or is trained to: the parts of Stable Diffusion, another encoder, what was learned.
void add_diffusion_places(std::map<std::string, Place>& places, const Options& options) {
  const auto model = options.first({"model"}), encoder = options.first({"encoder", "model"});
  if (!model.empty()) {
    const auto unet = unet_folder(options.first({"unet", "model"}));
    for (auto& [name, digest] : diffusion_digests(model, unet))
      places[name] = {name.starts_with("unet") ? unet.string() : model, digest};
  }
  if (!encoder.empty()) {
    for (auto& [name, digest] : encoder_digests(encoder)) places[name] = {encoder, digest};
  }
  for (const auto* name : {"embedding", "projection", "latents"}) places[name] = place_of(options.first({name}), sha256_file);
}

void add_projection_places(std::map<std::string, Place>& places, const Options& options) {
  for (const auto* name : {"encoder", "clip"}) {
    const auto path = options.first({name});
    if (path.empty()) continue;
    const auto folder = text_encoder_folder(path);
    places[name] = {path, [=] { return weights_digest(folder); }};
    places[fmt::format("{}_config", name)] = {path, [=] { return config_digest(folder); }};
    places[fmt::format("{}_tokenizer", name)] = {path, [=] { return tokenizer_digest(tokenizer_folder(path)); }};
  }
}

} // namespace

std::vector<RunInput> run_inputs(const std::string& command, const std::map<std::string, std::string>& configuration) {
  const Options options(configuration);
  auto places = set_places(command, options);
  if (command == "generate" || command == "train unet" || command == "train inversion") add_diffusion_places(places, options);
  if (command == "train projection") add_projection_places(places, options);
  std::vector<RunInput> inputs;
  for (const auto& [key, value] : configuration) {
    if (!key.starts_with("inputs.") || value.size() < 2) continue;
    RunInput input{.name = key.substr(7), .recorded = value.substr(1, value.size() - 2), .path = "", .digest = {}};
    if (const auto place = places.find(input.name); place != places.end() && !place->second.path.empty()) {
      input.path = place->second.path;
      input.digest = place->second.digest;
    }
    inputs.push_back(std::move(input));
  }
  return inputs;
}

} // namespace cxr
