#include "experiments/feature_source.h"

#include "core/error.h"
#include "data/image_set.h"
#include "experiments/inception_features.h"
#include "experiments/set_features.h"
#include "models/inception_v3.h"
#include "models/pretrained.h"

namespace cxr {
namespace {

/// Features that a run of `cxr features` left, how it made them, and whether with random weights.
struct StoredFeatures {
  FeaturesByTap by_tap;
  Origin origin;
  bool random_weights;
};

/// Those at all of `taps`, if `path` is a run that has them.
std::optional<StoredFeatures> stored_features(const std::filesystem::path& path, const std::vector<std::int64_t>& taps) {
  if (!std::filesystem::exists(path / "results.h5")) return std::nullopt;
  const auto file = hdf5::File::open(path / "results.h5");
  FeaturesByTap features;
  for (const auto tap : taps) {
    if (!file.has(features_dataset(tap))) return std::nullopt;
    features[tap] = file.read(features_dataset(tap));
  }
  return StoredFeatures{features, Origin(file),
                        file.has_attribute("/", "weights") && file.read_attribute("/", "weights") == kRandomWeights};
}

} // namespace

FeatureSource::FeatureSource(FeatureNetworkOptions options, std::int64_t batch_size, at::Device device, Communicator& ranks)
    : options_(std::move(options)), batch_size_(batch_size), device_(device), ranks_(ranks) {
  if (is_densenet_folder(options_.model)) options_.taps = network().taps();
}

FeaturesByTap FeatureSource::features(const std::filesystem::path& path, const Selection& selection) {
  if (auto stored = stored_features(path, options_.taps)) {
    require_comparable(stored->origin);
    identities_[path] = stored->origin.of("inputs.images");
    random_weights_ |= stored->random_weights;
    if (!selection) return stored->by_tap;
    for (auto& [tap, features] : stored->by_tap) features = features.index_select(0, at::tensor(*selection, at::kLong));
    return stored->by_tap;
  }
  random_weights_ |= options_.model == kRandomWeights;
  auto& opened = network();
  const ImageSet images(path);
  identities_[path] = images.identity();
  return set_features(images, selection.value_or(all_rows(images.size())), opened, batch_size_, ranks_);
}

// Features of two networks, or of images that became inputs in two ways, have distances that mean nothing.
void FeatureSource::require_comparable(const Origin& origin) {
  const std::string way = is_xray() ? "xray-resize" : "resize";
  if (!options_.model.empty()) {
    const auto& digests = model_digests();
    origin.require("inputs.model", digests.weights, options_.model.string());
    origin.require("inputs.model_config", digests.config, options_.model.string());
    origin.require(way, resize(), "--" + way);
  }
  for (const auto& key : {std::string("inputs.model"), std::string("inputs.model_config"), way})
    origin.require(key, first_.of(key), first_.file());
  if (first_.file().empty()) first_ = origin;
}

const FeatureSource::ModelDigests& FeatureSource::model_digests() {
  if (!model_digests_) {
    ModelDigests found{.weights = kRandomWeights, .config = ""};
    if (ranks_.is_root() && options_.model != kRandomWeights)
      found = {.weights = weights_digest(options_.model), .config = config_digest(options_.model)};
    model_digests_ = {.weights = ranks_.broadcast(found.weights), .config = ranks_.broadcast(found.config)};
  }
  return *model_digests_;
}

std::string FeatureSource::identity_of(const std::filesystem::path& path) const {
  const auto found = identities_.find(path);
  return found == identities_.end() ? "" : found->second;
}

bool FeatureSource::is_xray() const {
  const auto is_inceptions = [](std::int64_t tap) { return std::ranges::find(kInceptionTaps, tap) != kInceptionTaps.end(); };
  return is_densenet_folder(options_.model) || !std::ranges::all_of(options_.taps, is_inceptions);
}

FeatureNetwork& FeatureSource::network() {
  if (!network_) {
    if (options_.model.empty()) {
      throw InputError("--model", "", "an Inception checkpoint, a classifier's folder or 'random' (no features are stored)",
                       "nothing");
    }
    network_.emplace(options_, device_);
  }
  return *network_;
}

} // namespace cxr
