/// @file
/// What a classifier makes of a set: torchxrayvision's DenseNet-121 (Chambon et al. 2022, section 2.3; Tables 1 and 6 compare its
/// scores on originals and on reconstructions).
///
///     cxr classify --classifier densenet121-res224-all --images mimic.h5 --out runs/classify-original
///     cxr classify --classifier densenet121-res224-all --images runs/reconstruct --out runs/classify-reconstruction
///
/// The paper: mean cosine similarity of the features of an original and its reconstruction 0.98 ± 0.02 (MIMIC-CXR), 0.97 ± 0.02
/// (CheXpert).
#include "core/error.h"
#include "data/prefetch.h"
#include "experiments/commands.h"
#include "experiments/image_columns.h"
#include "experiments/image_inputs.h"
#include "experiments/provenance.h"
#include "models/densenet.h"
#include "models/model_input.h"
#include "models/pretrained.h"
#include "nn/transfer.h"
#include "run/execution_options.h"
#include "run/sharded_run.h"

namespace cxr {
namespace {

struct ClassifyOptions {
  std::filesystem::path classifier, images;
  std::string resize = "antialias", dtype = "float32";
  std::int64_t batch_size = 16;
  ExecutionOptions execution;
};

RunAttributes attributes_of(const DenseNet& model, const std::string& configuration) {
  auto attributes = result_attributes("cxr-scores", "classify", configuration);
  for (const char* dataset : {"scores", "scores_calibrated"}) attributes.datasets[dataset]["names"] = model->options().pathologies;
  return attributes;
}

int classify(const ClassifyOptions& options, std::string configuration) {
  auto& ranks = world();
  const auto device = start_execution(options.execution, ranks);
  const auto dtype = parse_dtype(options.dtype);
  const ImageSet images(options.images);
  const auto rule = options.resize == "plain" ? XrayResize::kPlain : XrayResize::kAntialias;
  const auto model = load_densenet(options.classifier, {.dtype = dtype, .device = device});
  const auto resolution = model->options().input_resolution;

  configuration += inputs_configuration(images, options.classifier, ranks);
  RunFolder folder(options.execution.out, "classify", configuration, ranks);
  ShardedRun run(folder, images.size(), options.batch_size, attributes_of(model, configuration), "classify", "images");

  Prefetcher<Batch, at::Tensor> inputs(run.mine(), [&](const Batch& batch) {
    const c10::InferenceMode no_autograd;
    return prepared_inputs(images, batch, [&](const at::Tensor& x) { return xray_input(x, resolution, rule); }); // [N,1,R,R]
  });
  run.for_each([&](Batch batch) -> Columns {
    const c10::InferenceMode no_autograd;
    const auto features = model.ptr()->features(nn::upload(inputs.next(), device, dtype));
    const auto scores = model.ptr()->logits(features).to(at::kCPU, at::kFloat).sigmoid();
    const auto info = identity_columns(images, batch);
    return {{"ids", info.at("ids")},
            {"scores", scores},
            {"scores_calibrated", model->calibrate(scores)},
            {"features", features.to(at::kCPU, at::kFloat)}};
  });
  run.merge();
  return kDone;
}

} // namespace

Subcommand classify_command(CLI::App& parent) {
  auto* app = parent.add_subcommand("classify", "Score images with torchxrayvision's DenseNet; keep its features");
  auto options = std::make_shared<ClassifyOptions>();
  app->add_option("--classifier", options->classifier, "classifier folder: config.json and weights (docs/models.md)")->required();
  app->add_option("--images", options->images, "image set, or a run that holds images")->required();
  app->add_option("--resize", options->resize,
                  "bilinear shrinking with antialiasing (torchxrayvision since 2025) or plain (before)")
      ->check(CLI::IsMember({"antialias", "plain"}))
      ->capture_default_str();
  add_dtype_option(*app, options->dtype);
  add_batch_size_option(*app, options->batch_size);
  add_execution_options(*app, options->execution);
  return {app, [app, options] { return classify(*options, result_configuration(*app)); }};
}

} // namespace cxr
