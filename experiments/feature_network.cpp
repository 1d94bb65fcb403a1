#include "experiments/feature_network.h"

#include "core/error.h"
#include "experiments/inception_features.h"
#include "models/densenet.h"
#include "models/model_input.h"
#include "models/pretrained.h"
#include "nn/transfer.h"
#include "run/execution_options.h"

namespace cxr {
namespace {

/// RoentGen's way (Chambon et al. 2022b): first to Inception's size, as its FID tool did for any network, then to the DenseNet's.
at::Tensor by_way_of_299(const at::Tensor& images, std::int64_t resolution) {
  const auto larger = xray_input(images, 299, XrayResize::kPlain); // [n,1,299,299]
  return at::upsample_bilinear2d(larger, {resolution, resolution}, /*align_corners=*/false);
}

std::function<at::Tensor(const at::Tensor&)> xray_inputs(const std::string& resize, std::int64_t resolution) {
  if (resize == "via-299") return [=](const at::Tensor& images) { return by_way_of_299(images, resolution); };
  const auto rule = resize == "plain" ? XrayResize::kPlain : XrayResize::kAntialias;
  return [=](const at::Tensor& images) { return xray_input(images, resolution, rule); };
}

} // namespace

void add_feature_network_options(CLI::App& app, FeatureNetworkOptions& options) {
  app.add_option("--taps", options.taps, "Inception layers by their channels: 64, 192, 768, 2048")->capture_default_str();
  app.add_option("--resize", options.resize, "whose preparation of Inception's input")
      ->check(CLI::IsMember({"pytorch-fid", "torch-fidelity", "clean-fid"}))
      ->capture_default_str();
  app.add_option(
         "--xray-resize", options.xray_resize,
         "of a DenseNet's input: straight to its size, antialiased or plain (docs/commands.md, classify), or RoentGen's way by 299")
      ->check(CLI::IsMember({"antialias", "plain", "via-299"}))
      ->capture_default_str();
}

bool is_densenet_folder(const std::filesystem::path& model) { return std::filesystem::exists(model / "config.json"); }

FeatureNetwork::FeatureNetwork(const FeatureNetworkOptions& options, at::Device device) : taps_(options.taps) {
  if (is_densenet_folder(options.model)) {
    open_densenet(options, device);
  } else {
    open_inception(options, device);
  }
}

void FeatureNetwork::open_inception(const FeatureNetworkOptions& options, at::Device device) {
  check_taps(taps_);
  const auto dtype = parse_dtype(options.dtype);
  const auto rule = parse_fid_resize(options.resize);
  auto model = cxr::open_inception(options.model, taps_, dtype, device);
  inputs_ = [rule](const at::Tensor& images) { return fid_input(images, rule); };
  features_ = [=, taps = taps_](const at::Tensor& inputs) mutable {
    FeaturesByTap features;
    for (auto& [tap, values] : model->features(nn::upload(inputs, device, dtype), taps))
      features[tap] = values.to(at::kCPU, at::kFloat);
    return features;
  };
}

void FeatureNetwork::open_densenet(const FeatureNetworkOptions& options, at::Device device) {
  const auto dtype = parse_dtype(options.dtype);
  auto model = load_densenet(options.model, {.dtype = dtype, .device = device});
  taps_ = {model->feature_count()};
  inputs_ = xray_inputs(options.xray_resize, model->options().input_resolution);
  features_ = [=, tap = taps_.front()](const at::Tensor& inputs) mutable {
    return FeaturesByTap{{tap, model->features(nn::upload(inputs, device, dtype)).to(at::kCPU, at::kFloat)}};
  };
}

} // namespace cxr
