/// @file
/// How far a generated set is from a real one: the Fréchet distance over the whole and in batches as the paper did (Chambon et al.
/// 2022, section 2.3, "calculated on batches (batch size = 32)"; Table 4), the kernel distance, and precision and recall of the
/// manifold; on Inception's features, or on a chest X-ray classifier's, which know radiographs.
///
///     cxr fid --real mimic.h5 --fake runs/reconstruct --model pt_inception-2015-12-05.safetensors --json > fid.json
///     cxr fid --real mimic.h5 --real-where "Pleural Effusion=1" --model densenet121-res224-all
///             --fake runs/generate --prompt "a photo of a lung xray with visible pleural effusion" --out xrv-positive.json
///
/// The paper's values (0.03 to 0.27) are far below the usual scale and it does not say how it scaled them: compare ranks of
/// methods.
/// `--json` prints one object, and `--out FILE` writes it:
///     {"network": "inception" | "xrv", "weights": "given" | "random", "resize": …, "real": {"path", "images"}, "fake": {…},
///      "prompt": …, "real_where": …, "fid": {"64": d, …}, "fid_interval": {"64": [low, high], …},
///      "batch": 32, "fid_batches": {"64": [d, …], …}, "kid_subsets": 100, "kid_subset_size": 1000,
///      "kid": {"64": {"mean", "sd", "all", "interval"}, …}, "neighbours": 3, "precision": {"64": p, …}, "precision_interval": …,
///      "recall": …, "recall_interval": …}
/// prompt and real_where stand only where they were asked for; "mean" and "sd" are over the subsets, "all" over all images.
#include <cstdio>

#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/progress.h"
#include "experiments/commands.h"
#include "experiments/distribution_measures.h"
#include "experiments/feature_source.h"
#include "experiments/inception_features.h"
#include "run/execution_options.h"

namespace cxr {
namespace {

struct FidOptions {
  std::filesystem::path real, fake;
  std::string prompt, real_where;
  FeatureNetworkOptions network{.model = {}, .taps = {64, 192, 768, 2048}};
  DistributionOptions measures;
  std::int64_t batch_size = 16;
  bool json = false;
  ExecutionOptions execution;
};

nlohmann::json set_json(const std::filesystem::path& path, std::int64_t images, const FeatureSource& source) {
  nlohmann::json set = {{"path", path.string()}, {"images", images}};
  if (const auto identity = source.identity_of(path); !identity.empty()) set["identity"] = identity;
  return set;
}

nlohmann::json measured(const FidOptions& options, const FeatureSource& source, const FeaturesByTap& real,
                        const FeaturesByTap& fake) {
  const auto real_images = real.begin()->second.size(0), fake_images = fake.begin()->second.size(0);
  nlohmann::json result = {{"network", source.is_xray() ? "xrv" : "inception"},
                           {"weights", weights_kind(source.random_weights())},
                           {"resize", source.resize()},
                           {"real", set_json(options.real, real_images, source)},
                           {"fake", set_json(options.fake, fake_images, source)},
                           {"batch", options.measures.batch},
                           {"kid_subsets", options.measures.subsets},
                           {"kid_subset_size", kernel_subset_size(real_images, fake_images, options.measures)},
                           {"neighbours", options.measures.neighbours}};
  if (!options.prompt.empty()) result["prompt"] = options.prompt;
  if (!options.real_where.empty()) result["real_where"] = options.real_where;
  Progress progress("distances", "layers", std::ssize(source.taps()));
  for (const auto tap : source.taps()) {
    add_distribution_measures(result, real.at(tap), fake.at(tap), options.measures);
    progress.add(1);
  }
  return result;
}

std::string with_interval(double value, const nlohmann::json& result, const std::string& key, const std::string& tap) {
  if (!result.contains(key)) return fmt::format("{:.4g}", value);
  const auto& ends = result[key][tap];
  return fmt::format("{:.4g} [{:.4g}, {:.4g}]", value, ends[0].get<double>(), ends[1].get<double>());
}

void print_tap(const nlohmann::json& result, const std::string& tap) {
  const auto& kid = result["kid"][tap];
  const auto share = [&](const std::string& name) {
    return with_interval(result[name][tap].get<double>(), result, name + "_interval", tap);
  };
  fmt::print("{:>5} features  FID {:.6g}", tap, result["fid"][tap].get<double>());
  if (result.contains("fid_interval")) {
    const auto& ends = result["fid_interval"][tap];
    fmt::print(" [{:.4g}, {:.4g}]", ends[0].get<double>(), ends[1].get<double>());
  }
  const auto& batches = result["fid_batches"][tap];
  double sum = 0;
  for (const auto& d : batches) sum += d.get<double>();
  if (!batches.empty()) {
    fmt::print("   in {} batches of {}: mean {:.6g}", batches.size(), result["batch"].get<std::int64_t>(),
               sum / static_cast<double>(batches.size()));
  }
  fmt::print("   KID {:.4g} ± {:.2g}   precision {}   recall {}\n", kid["mean"].get<double>(), kid["sd"].get<double>(),
             share("precision"), share("recall"));
}

void print(const nlohmann::json& result, const std::vector<std::int64_t>& taps, bool as_json) {
  if (as_json) {
    fmt::print("{}\n", result.dump());
    return;
  }
  fmt::print("{} real and {} fake images{}, features of {}{}\n", result["real"]["images"].get<std::int64_t>(),
             result["fake"]["images"].get<std::int64_t>(),
             result.contains("prompt") ? fmt::format(" of \"{}\"", result["prompt"].get<std::string>()) : "",
             result["network"] == "xrv" ? "the chest X-ray classifier" : "Inception",
             result["weights"] == "random" ? " with random weights" : "");
  for (const auto tap : taps) print_tap(result, fmt::format("{}", tap));
}

int fid(const FidOptions& options) {
  auto& ranks = world();
  const auto device = start_execution(options.execution, ranks);
  Selection real_rows, fake_rows;
  if (!options.real_where.empty()) real_rows = rows_with_label(options.real, options.real_where, "--real-where");
  if (!options.prompt.empty()) fake_rows = rows_with_prompt(options.fake, options.prompt);
  FeatureSource source(options.network, options.batch_size, device, ranks);
  const auto features_of = [&](const std::filesystem::path& path, const Selection& selection) {
    auto features = source.features(path, selection);
    require_enough_images(path.string(), features.begin()->second.size(0), options.measures);
    return features;
  };
  const auto fake = features_of(options.fake, fake_rows), real = features_of(options.real, real_rows);
  if (!ranks.is_root()) return kDone;

  const auto result = measured(options, source, real, fake);
  write_out(options.execution, result.dump(1) + "\n");
  print(result, source.taps(), options.json);
  return kDone;
}

void add_measure_options(CLI::App& app, DistributionOptions& options) {
  app.add_option("--batch", options.batch, "images a batch in the distances by batch")
      ->check(CLI::Range(2, 1 << 20))
      ->capture_default_str();
  app.add_option("--neighbours", options.neighbours, "whose distance is a point's radius in precision and recall")
      ->check(CLI::Range(1, 1 << 20))
      ->capture_default_str();
  app.add_option("--kid-subsets", options.subsets, "random subsets whose kernel distances are averaged")
      ->check(CLI::Range(1, 1 << 20))
      ->capture_default_str();
  app.add_option("--kid-subset-size", options.subset_size, "their size; 0: 1000, or half of the smaller set")
      ->check(CLI::Range(0, 1 << 20))
      ->capture_default_str();
  app.add_option("--seed", options.seed, "of the subsets")->capture_default_str();
  app.add_flag("!--no-intervals", options.intervals, "no intervals of the Fréchet distance, each of which costs 100 distances");
}

} // namespace

Subcommand fid_command(CLI::App& parent) {
  auto* app = parent.add_subcommand("fid", "Distances, precision and recall between two sets of images, or two runs of features");
  auto options = std::make_shared<FidOptions>();
  app->add_option("--real", options->real, "image set, run of images, or run of features")->required();
  app->add_option("--real-where", options->real_where, "only real images with this label: LABEL=VALUE, \"Pleural Effusion=1\"");
  app->add_option("--fake", options->fake, "image set, run of images, or run of features")->required();
  app->add_option("--prompt", options->prompt, "only the fake images of this prompt of `cxr generate`");
  app->add_option("--model", options->network.model,
                  "Inception checkpoint (pytorch-fid's keys), a classifier's folder (distances on its features), or 'random'");
  add_feature_network_options(*app, options->network);
  add_measure_options(*app, options->measures);
  app->add_flag("--json", options->json, "one JSON object instead of lines for people");
  add_dtype_option(*app, options->network.dtype);
  add_batch_size_option(*app, options->batch_size);
  add_execution_options(*app, options->execution, "");
  app->add_option("--out", options->execution.out, "a file for the JSON object")->group(kExecutionGroup);
  return {app, [options] { return fid(*options); }};
}

} // namespace cxr
