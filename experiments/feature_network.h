/// @file
/// The networks whose features stand for images where sets are compared: the FID Inception-V3, or torchxrayvision's DenseNet.
#pragma once

#include <functional>
#include <map>

#include "core/options.h"
#include "data/image_set.h"

namespace cxr {

using FeaturesByTap = std::map<std::int64_t, at::Tensor>; // tap → float32 [N,tap]

struct FeatureNetworkOptions {
  std::filesystem::path model;
  std::vector<std::int64_t> taps;
  std::string resize = "pytorch-fid", xray_resize = "antialias", dtype = "float32";
};

/// Declares --taps, --resize and --xray-resize. The taps in `options` are the default.
void add_feature_network_options(CLI::App& app, FeatureNetworkOptions& options);

/// Whether a model is a DenseNet's folder rather than an Inception checkpoint.
bool is_densenet_folder(const std::filesystem::path& model);

class FeatureNetwork {
 public:
  /// @param options.model an Inception checkpoint, 'random', or a DenseNet's folder, which has one tap whatever `options.taps` asks
  /// for
  /// @throws InputError
  FeatureNetwork(const FeatureNetworkOptions& options, at::Device device);

  const std::vector<std::int64_t>& taps() const { return taps_; }
  /// Images as the network sees them. May be called by another thread than features(). @param images uint8 [n,H,W] or [n,H,W,3]
  at::Tensor inputs(const at::Tensor& images) const { return inputs_(images); }
  /// Features at each tap, on the CPU. @param inputs as inputs() returns them
  FeaturesByTap features(const at::Tensor& inputs) { return features_(inputs); }

 private:
  void open_inception(const FeatureNetworkOptions& options, at::Device device);
  void open_densenet(const FeatureNetworkOptions& options, at::Device device);

  std::vector<std::int64_t> taps_;
  std::function<at::Tensor(const at::Tensor&)> inputs_;
  std::function<FeaturesByTap(const at::Tensor&)> features_;
};

} // namespace cxr
