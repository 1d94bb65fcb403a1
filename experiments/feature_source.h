/// @file
/// Where `cxr fid` has features from: a run of `cxr features`, or a network that is opened when the first set needs it.
#pragma once

#include "data/origin.h"
#include "dist/communicator.h"
#include "experiments/feature_network.h"
#include "experiments/set_rows.h"

namespace cxr {

/// Which images of a set count; none: all.
using Selection = std::optional<Rows>;

class FeatureSource {
 public:
  /// @param options.model may be empty where all sets are runs of features; a DenseNet is opened at once, since it says what its
  /// tap is
  FeatureSource(FeatureNetworkOptions options, std::int64_t batch_size, at::Device device, Communicator& ranks);

  /// Features of the selected images, in their order. Collective.
  /// @param path a run of `cxr features` that has all taps, or a set or run of images
  FeaturesByTap features(const std::filesystem::path& path, const Selection& selection);

  const std::vector<std::int64_t>& taps() const { return options_.taps; }
  /// Whether random weights made any features so far.
  bool random_weights() const { return random_weights_; }
  /// Of the images whose features() at `path` were asked for; empty where stored features don't say.
  std::string identity_of(const std::filesystem::path& path) const;
  /// Whether the features are a DenseNet's.
  bool is_xray() const;
  /// How images become the network's input.
  const std::string& resize() const { return is_xray() ? options_.xray_resize : options_.resize; }

 private:
  struct ModelDigests {
    std::string weights, config; ///< the configuration's is empty where the weights are all there is
  };

  FeatureNetwork& network();
  const ModelDigests& model_digests();
  void require_comparable(const Origin& origin);

  FeatureNetworkOptions options_;
  std::int64_t batch_size_;
  at::Device device_;
  Communicator& ranks_;
  std::optional<FeatureNetwork> network_;
  std::map<std::filesystem::path, std::string> identities_; ///< of the images, by where their features were asked for
  Origin first_;                                            ///< of the first stored features
  std::optional<ModelDigests> model_digests_;               ///< of options_.model, once they were asked for
  bool random_weights_ = false;
};

} // namespace cxr
