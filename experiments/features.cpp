/// @file
/// Features of a set for Fréchet distances: the FID Inception-V3's at 64, 192, 768 and 2048 channels, or a DenseNet's 1024
/// (Chambon et al. 2022, section 2.3: "underlying model: Inception V3, 2048 features").
///
///     mpirun -n 4 cxr features --model pt_inception-2015-12-05.safetensors --images mimic.h5 --out runs/features-original
#include "core/error.h"
#include "data/prefetch.h"
#include "experiments/commands.h"
#include "experiments/image_columns.h"
#include "experiments/image_inputs.h"
#include "experiments/inception_features.h"
#include "experiments/provenance.h"
#include "models/densenet.h"
#include "models/pretrained.h"
#include "run/execution_options.h"
#include "run/sharded_run.h"

namespace cxr {
namespace {

struct FeaturesOptions {
  std::filesystem::path model, images;
  std::vector<std::int64_t> taps = {2048};
  std::string resize = "pytorch-fid", dtype = "float32";
  std::int64_t batch_size = 16;
  ExecutionOptions execution;
};

using FeaturesOf = std::function<Columns(const at::Tensor& inputs)>;
using InputsOf = std::function<at::Tensor(const Batch&)>;

struct Extractor {
  InputsOf inputs;
  FeaturesOf features;
};

Extractor inception_extractor(const FeaturesOptions& options, const ImageSet& images, at::Device device) {
  check_taps(options.taps);
  const auto dtype = parse_dtype(options.dtype);
  const auto rule = parse_fid_resize(options.resize);
  auto model = open_inception(options.model, dtype, device);
  return {[&images, rule](const Batch& b) { return inception_inputs(images, b, rule); },
          [=, taps = options.taps](const at::Tensor& inputs) mutable {
            Columns columns;
            for (auto& [tap, features] : model->features(inputs.to(device, dtype), taps)) {
              columns.emplace(features_dataset(tap), features.to(at::kCPU));
            }
            return columns;
          }};
}

Extractor densenet_extractor(const FeaturesOptions& options, const ImageSet& images, at::Device device) {
  const auto dtype = parse_dtype(options.dtype);
  auto model = load_densenet(options.model, {.dtype = dtype, .device = device});
  const auto resolution = model->options().input_resolution;
  return {[&images, resolution](const Batch& b) {
            return prepared_inputs(images, b,
                                   [&](const at::Tensor& x) { return xray_input(x, resolution, XrayResize::kAntialias); });
          },
          [=](const at::Tensor& inputs) mutable {
            const auto features = model->features(inputs.to(device, dtype)).to(at::kCPU, at::kFloat);
            return Columns{{features_dataset(features.size(1)), features}};
          }};
}

int features(const FeaturesOptions& options, std::string configuration) {
  auto& ranks = world();
  const auto device = start_execution(options.execution, ranks);
  const ImageSet images(options.images);
  const bool is_densenet = std::filesystem::exists(options.model / "config.json");
  const auto extractor = is_densenet ? densenet_extractor(options, images, device) : inception_extractor(options, images, device);

  configuration += inputs_configuration(images, options.model, ranks);
  RunFolder folder(options.execution.out, "features", configuration, ranks);
  auto attributes = result_attributes("cxr-features", "features", configuration);
  attributes.file["weights"] = weights_kind(options.model == kRandomWeights);
  ShardedRun run(folder, images.size(), options.batch_size, attributes, "features", "images");

  Prefetcher<Batch, at::Tensor> inputs(run.mine(), [&](const Batch& batch) {
    const c10::InferenceMode no_autograd;
    return extractor.inputs(batch);
  });
  run.for_each([&](Batch batch) {
    const c10::InferenceMode no_autograd;
    auto columns = extractor.features(inputs.next());
    columns.emplace("ids", identity_columns(images, batch).at("ids"));
    return columns;
  });
  run.merge();
  return kDone;
}

} // namespace

Subcommand features_command(CLI::App& parent) {
  auto* app = parent.add_subcommand("features", "Inception or DenseNet features of images");
  auto options = std::make_shared<FeaturesOptions>();
  app->add_option("--model", options->model, "Inception checkpoint (pytorch-fid's keys), a classifier folder, or 'random'")
      ->required();
  app->add_option("--images", options->images, "image set, or a run that holds images")->required();
  app->add_option("--taps", options->taps, "Inception layers by their channels: 64, 192, 768, 2048")->capture_default_str();
  app->add_option("--resize", options->resize, "whose preparation of Inception's input")
      ->check(CLI::IsMember({"pytorch-fid", "torch-fidelity", "clean-fid"}))
      ->capture_default_str();
  add_dtype_option(*app, options->dtype);
  add_batch_size_option(*app, options->batch_size);
  add_execution_options(*app, options->execution);
  return {app, [app, options] { return features(*options, result_configuration(*app)); }};
}

} // namespace cxr
