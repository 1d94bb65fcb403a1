/// @file
/// Features of a set for Fréchet distances: the FID Inception-V3's at 64, 192, 768 and 2048 channels, or a DenseNet's 1024
/// (Chambon et al. 2022, section 2.3: "underlying model: Inception V3, 2048 features").
///
///     mpirun -n 4 cxr features --model pt_inception-2015-12-05.safetensors --images mimic.h5 --out runs/features-original
#include "core/error.h"
#include "data/prefetch.h"
#include "experiments/commands.h"
#include "experiments/feature_network.h"
#include "experiments/image_columns.h"
#include "experiments/image_inputs.h"
#include "experiments/inception_features.h"
#include "experiments/provenance.h"
#include "run/execution_options.h"
#include "run/sharded_run.h"

namespace cxr {
namespace {

struct FeaturesOptions {
  FeatureNetworkOptions network{.model = {}, .taps = {2048}};
  std::filesystem::path images;
  std::int64_t batch_size = 16;
  ExecutionOptions execution;
};

int features(const FeaturesOptions& options, std::string configuration) {
  auto& ranks = world();
  const auto device = start_execution(options.execution, ranks);
  const ImageSet images(options.images);
  FeatureNetwork network(options.network, device);

  configuration += inputs_configuration(images, options.network.model, ranks);
  RunFolder folder(options.execution.out, "features", configuration, ranks);
  auto attributes = result_attributes("cxr-features", "features", configuration);
  attributes.datasets = image_set_attributes("features", configuration).datasets; // so that `cxr fid --real-where` knows labels
  attributes.file["weights"] = weights_kind(options.network.model == kRandomWeights);
  ShardedRun run(folder, images.size(), options.batch_size, attributes, "features", "images");

  Prefetcher<Batch, at::Tensor> inputs(run.mine(), [&](const Batch& batch) {
    const c10::InferenceMode no_autograd;
    return prepared_inputs(images, batch, [&](const at::Tensor& x) { return network.inputs(x); });
  });
  run.for_each([&](Batch batch) {
    const c10::InferenceMode no_autograd;
    auto columns = identity_columns(images, batch);
    std::erase_if(columns,
                  [](const auto& column) { return column.first != "ids" && column.first != "labels"; }); // no texts of patients
    for (const auto& [tap, features] : network.features(inputs.next())) columns.emplace(features_dataset(tap), features);
    return columns;
  });
  run.merge();
  return kDone;
}

} // namespace

Subcommand features_command(CLI::App& parent) {
  auto* app = parent.add_subcommand("features", "Inception or DenseNet features of images");
  auto options = std::make_shared<FeaturesOptions>();
  app->add_option("--model", options->network.model, "Inception checkpoint (pytorch-fid's keys), a classifier folder, or 'random'")
      ->required();
  app->add_option("--images", options->images, "image set, or a run that holds images")->required();
  add_feature_network_options(*app, options->network);
  add_dtype_option(*app, options->network.dtype);
  add_batch_size_option(*app, options->batch_size);
  add_execution_options(*app, options->execution);
  return {app, [app, options] { return features(*options, result_configuration(*app)); }};
}

} // namespace cxr
