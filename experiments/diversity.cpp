/// @file
/// Whether a model's images differ, from each other and from what it was trained on: the mean MS-SSIM of a prompt's images, lower
/// where they are more diverse, and each image's nearest training image. A model tuned on a few patients' images must show that it
/// draws new ones.
///
///     cxr diversity --images runs/generate --prompt "a photo of a lung xray" --training mimic.h5 --classifier
///     densenet121-res224-all
///                   --out diversity-negative.json
///
/// Distances are the RMSE of 8-bit grey squares of `size` pixels, and with --classifier the Euclidean distance of the DenseNet's
/// features, which sees through small shifts. A distance of 0 is a copy. What is near is told by `training_distance`, how near the
/// nearest training image's own nearest other training image is: "closer" is the share of images nearer to a training image than
/// that (one minus the authenticity of Alaa et al. 2022). New images of the same distribution are closer in about half of all
/// cases; far more means copying.
/// `--json` prints one object, and `--out FILE` writes it:
///     {"images": {"path", "count"}, "prompt": …, "ms_ssim": {"mean", "sd", "interval": [low, high], "pairs", "scales", "size"},
///      "training": {"path", "images", "size"}, "nearest_summary": {"mean", "min", "interval", "training_mean", "closer",
///      "closer_interval"}, "feature_nearest_summary": the same of features,
///      "nearest": [{"id", "nearest_id", "distance", "training_distance", "feature_nearest_id", "feature_distance",
///      "feature_training_distance"}, …]}
#include <cstdio>

#include <nlohmann/json.hpp>

#include "core/error.h"
#include "experiments/commands.h"
#include "experiments/grey_squares.h"
#include "experiments/interval_json.h"
#include "experiments/nearest_distances.h"
#include "experiments/pair_similarity.h"
#include "run/execution_options.h"

namespace cxr {
namespace {

struct DiversityOptions {
  std::filesystem::path images, training;
  std::string prompt;
  FeatureNetworkOptions network{.model = {}, .taps = {}};
  std::int64_t size = 0, pairs = 5000, batch_size = 16;
  std::uint64_t seed = 0;
  bool json = false;
  ExecutionOptions execution;
};

void add_nearest(nlohmann::json& result, const ImageSet& images, const Rows& rows, const DiversityOptions& options,
                 at::Device device, Communicator& ranks) {
  const ImageSet training(options.training);
  if (training.size() < 2) {
    throw InputError(options.training.string(), "images", "at least 2 training images", fmt::format("{}", training.size()));
  }
  const auto size = options.size > 0 ? options.size : std::min(shortest_side(images), shortest_side(training));
  result["training"] = {{"path", options.training.string()}, {"images", training.size()}, {"size", size}};
  const NearestSets sets{images, rows, training};
  add_pixel_distances(result, sets, size, ranks);
  if (options.network.model.empty()) return;
  FeatureNetwork network(options.network, device);
  add_feature_distances(result, sets, network, options.batch_size, ranks);
}

void print_summary(const nlohmann::json& result, const std::string& key, const char* what) {
  if (!result.contains(key)) return;
  const auto& summary = result[key];
  fmt::print(
      "nearest training image, {}: mean {:.4g} [{:.4g}, {:.4g}], least {:.4g}; those to their own nearest: mean {:.4g}; "
      "closer than that: {:.1f} %\n",
      what, summary["mean"].get<double>(), summary["interval"][0].get<double>(), summary["interval"][1].get<double>(),
      summary["min"].get<double>(), summary["training_mean"].get<double>(), 100 * summary["closer"].get<double>());
}

void print(const nlohmann::json& result, bool as_json) {
  if (as_json) {
    fmt::print("{}\n", result.dump());
    return;
  }
  const auto& similarity = result["ms_ssim"];
  fmt::print("{} images, MS-SSIM of {} pairs at {} scales: mean {:.4f} [{:.4f}, {:.4f}]\n",
             result["images"]["count"].get<std::int64_t>(), similarity["pairs"].get<std::int64_t>(),
             similarity["scales"].get<std::int64_t>(), similarity["mean"].get<double>(), similarity["interval"][0].get<double>(),
             similarity["interval"][1].get<double>());
  print_summary(result, "nearest_summary", "RMSE in grey levels");
  print_summary(result, "feature_nearest_summary", "classifier's features");
}

int diversity(const DiversityOptions& options) {
  const c10::InferenceMode no_autograd;
  auto& ranks = world();
  const auto device = start_execution(options.execution, ranks);
  if (!options.network.model.empty() && options.training.empty()) {
    throw InputError("--classifier", "", "--training, the images to compare features with", "nothing");
  }
  if (!options.network.model.empty() && !is_densenet_folder(options.network.model)) {
    throw InputError(options.network.model.string(), "config.json", "a classifier's folder", "no such file");
  }
  const ImageSet images(options.images);
  const auto rows = options.prompt.empty() ? all_rows(images.size()) : rows_with_prompt(options.images, options.prompt);
  nlohmann::json result = {
      {"images", {{"path", options.images.string()}, {"count", rows.size()}, {"identity", images.identity()}}}};
  if (!options.prompt.empty()) result["prompt"] = options.prompt;

  const auto size = options.size > 0 ? options.size : shortest_side(images);
  const auto similarity = pair_similarity(grey_squares(images, rows, size), options.pairs, options.seed, ranks);
  result["ms_ssim"] = {{"mean", similarity.mean},   {"sd", similarity.sd},         {"interval", interval_json(similarity.interval)},
                       {"pairs", similarity.pairs}, {"scales", similarity.scales}, {"size", size}};
  if (!options.training.empty()) add_nearest(result, images, rows, options, device, ranks);
  if (!ranks.is_root()) return kDone;
  write_out(options.execution, result.dump(1) + "\n");
  print(result, options.json);
  return kDone;
}

} // namespace

Subcommand diversity_command(CLI::App& parent) {
  auto* app = parent.add_subcommand("diversity", "How alike images are to each other (MS-SSIM), and to the nearest training image");
  auto options = std::make_shared<DiversityOptions>();
  app->add_option("--images", options->images, "run of `cxr generate`, or an image set")->required();
  app->add_option("--prompt", options->prompt, "only the images of this prompt of `cxr generate`");
  app->add_option("--training", options->training, "image set that the model was trained on");
  app->add_option("--classifier", options->network.model, "classifier's folder, for distances of its features too");
  app->add_option("--size", options->size,
                  "side in pixels at which images are compared; 0: their own, and the smaller one of both sets")
      ->check(CLI::Range(0, 1024))
      ->capture_default_str();
  app->add_option("--pairs", options->pairs, "pairs of images at most; a seeded sample where there are more")
      ->check(CLI::Range(1, 1 << 30))
      ->capture_default_str();
  app->add_option("--seed", options->seed, "of that sample")->capture_default_str();
  app->add_flag("--json", options->json, "one JSON object instead of lines for people");
  add_dtype_option(*app, options->network.dtype);
  add_batch_size_option(*app, options->batch_size);
  add_execution_options(*app, options->execution, "");
  app->add_option("--out", options->execution.out, "a file for the JSON object")->group(kExecutionGroup);
  return {app, [options] { return diversity(*options); }};
}

} // namespace cxr
