/// @file
/// The Fréchet inception distance between two sets, over the whole and in batches as the paper did (Chambon et al. 2022, section
/// 2.3, "calculated on batches (batch size = 32)"; Table 4).
///
///     cxr fid --real mimic.h5 --fake runs/reconstruct --model pt_inception-2015-12-05.safetensors --json > fid.json
///
/// The paper's values (0.03 to 0.27) are far below the usual scale and it does not say how it scaled them: compare ranks of
/// methods.
/// `--json` prints one object, and `--out FILE` writes it:
///     {"weights": "given" | "random", "resize": …, "real": {"path", "images"}, "fake": {…},
///      "fid": {"64": d, …}, "batch": 32, "fid_batches": {"64": [d, …], …}}
#include <cstdio>

#include <nlohmann/json.hpp>

#include "core/atomic_file.h"
#include "core/error.h"
#include "core/progress.h"
#include "core/signals.h"
#include "dist/shard_plan.h"
#include "experiments/commands.h"
#include "experiments/inception_features.h"
#include "metrics/frechet.h"
#include "run/execution_options.h"

namespace cxr {
namespace {

using FeaturesByTap = std::map<std::int64_t, at::Tensor>; // tap → float32 [N,tap]

struct FidOptions {
  std::filesystem::path real, fake, model;
  std::vector<std::int64_t> taps = {64, 192, 768, 2048};
  std::string resize = "pytorch-fid", dtype = "float32";
  std::int64_t batch = 32, batch_size = 16;
  bool json = false;
  ExecutionOptions execution;
};

/// A set's features and whether random weights made them.
struct Features {
  FeaturesByTap by_tap;
  bool random_weights;
};

/// Features that a run of `cxr features` left, if `path` is one that has all taps.
std::optional<Features> stored_features(const std::filesystem::path& path, const std::vector<std::int64_t>& taps) {
  if (!std::filesystem::exists(path / "results.h5")) return std::nullopt;
  const auto file = hdf5::File::open(path / "results.h5");
  FeaturesByTap features;
  for (const auto tap : taps) {
    if (!file.has(features_dataset(tap))) return std::nullopt;
    features[tap] = file.read(features_dataset(tap));
  }
  return Features{features, file.has_attribute("/", "weights") && file.read_attribute("/", "weights") == kRandomWeights};
}

/// All ranks' features in sample order, on every rank. @param mine this rank's part of `batches`, as deal() gave it
FeaturesByTap gathered(const std::map<std::int64_t, std::vector<at::Tensor>>& mine, const std::vector<Batch>& batches,
                       Communicator& ranks) {
  FeaturesByTap features;
  for (const auto& [tap, parts] : mine) {
    const auto local = parts.empty() ? at::empty({0, tap}) : at::cat(parts).contiguous();
    const auto bytes =
        ranks.all_gather({static_cast<const char*>(local.const_data_ptr()), static_cast<std::size_t>(local.nbytes())});
    std::vector<at::Tensor> by_rank;
    for (const auto& text : bytes) {
      by_rank.push_back(at::empty({static_cast<std::int64_t>(text.size() / sizeof(float)) / tap, tap}));
      std::copy(text.begin(), text.end(), static_cast<char*>(by_rank.back().mutable_data_ptr()));
    }
    std::vector<at::Tensor> rows;
    std::vector<std::int64_t> taken(bytes.size(), 0);
    for (std::size_t b = 0; b < batches.size(); ++b) {
      const auto rank = b % bytes.size();
      rows.push_back(by_rank[rank].slice(0, taken[rank], taken[rank] + batches[b].count));
      taken[rank] += batches[b].count;
    }
    features[tap] = rows.empty() ? local : at::cat(rows);
  }
  return features;
}

FeaturesByTap computed_features(const std::filesystem::path& path, const FidOptions& options, InceptionV3& model, at::Device device,
                                Communicator& ranks) {
  const c10::InferenceMode no_autograd;
  const ImageSet images(path);
  const auto rule = parse_fid_resize(options.resize);
  const auto dtype = parse_dtype(options.dtype);
  const auto batches = whole_batches(images.size(), options.batch_size);
  const auto dealt = deal(batches, ranks.rank(), ranks.size());
  std::map<std::int64_t, std::vector<at::Tensor>> mine;
  for (const auto tap : options.taps) mine[tap];
  Progress progress(fmt::format("features of {}", path.filename().string()), "batches", std::ssize(dealt), 0, ranks.is_root());
  for (const auto& batch : dealt) {
    signals::throw_if_received();
    const auto inputs = inception_inputs(images, batch, rule).to(device, dtype);
    for (auto& [tap, features] : model->features(inputs, options.taps)) mine[tap].push_back(features.to(at::kCPU));
    progress.add(1);
  }
  return gathered(mine, batches, ranks);
}

/// Distances of consecutive batches of `size` images; a shorter last one is left out.
std::vector<double> batch_distances(const at::Tensor& real, const at::Tensor& fake, std::int64_t size) {
  std::vector<double> distances;
  for (std::int64_t begin = 0; begin + size <= std::min(real.size(0), fake.size(0)); begin += size) {
    distances.push_back(frechet_distance(real.slice(0, begin, begin + size), fake.slice(0, begin, begin + size)));
  }
  return distances;
}

void print(const nlohmann::json& result, const std::vector<std::int64_t>& taps, bool as_json) {
  if (as_json) {
    fmt::print("{}\n", result.dump());
    return;
  }
  fmt::print("Fréchet inception distance, {} real and {} fake images{}\n", result["real"]["images"].get<std::int64_t>(),
             result["fake"]["images"].get<std::int64_t>(), result["weights"] == "random" ? ", random Inception weights" : "");
  for (const auto tap : taps) {
    const auto name = fmt::format("{}", tap);
    const auto& batches = result["fid_batches"][name];
    double sum = 0;
    for (const auto& d : batches) sum += d.get<double>();
    const auto in_batches = batches.empty()
                                ? std::string()
                                : fmt::format("   in {} batches of {}: mean {:.6g}", batches.size(),
                                              result["batch"].get<std::int64_t>(), sum / static_cast<double>(batches.size()));
    fmt::print("{:>5} features  {:.6g}{}\n", tap, result["fid"][name].get<double>(), in_batches);
  }
}

int fid(const FidOptions& options) {
  auto& ranks = world();
  const auto device = start_execution(options.execution, ranks);
  check_taps(options.taps);
  InceptionV3 model{nullptr};
  const auto features_of = [&](const std::filesystem::path& path) -> Features {
    if (auto stored = stored_features(path, options.taps)) return *stored;
    if (model.is_empty()) {
      if (options.model.empty())
        throw InputError("--model", "", "an Inception checkpoint or 'random' (no features are stored)", "nothing");
      model = open_inception(options.model, parse_dtype(options.dtype), device);
    }
    return {computed_features(path, options, model, device, ranks), options.model == kRandomWeights};
  };
  const auto [real, real_is_random] = features_of(options.real);
  const auto [fake, fake_is_random] = features_of(options.fake);
  if (!ranks.is_root()) return kDone;

  nlohmann::json result = {{"weights", weights_kind(real_is_random || fake_is_random)},
                           {"resize", options.resize},
                           {"real", {{"path", options.real.string()}, {"images", real.begin()->second.size(0)}}},
                           {"fake", {{"path", options.fake.string()}, {"images", fake.begin()->second.size(0)}}},
                           {"batch", options.batch}};
  for (const auto tap : options.taps) {
    const auto name = fmt::format("{}", tap);
    result["fid"][name] = frechet_distance(real.at(tap), fake.at(tap));
    result["fid_batches"][name] = batch_distances(real.at(tap), fake.at(tap), options.batch);
  }
  if (!options.execution.out.empty()) write_file_atomically(options.execution.out, result.dump(1) + "\n");
  print(result, options.taps, options.json);
  return kDone;
}

} // namespace

Subcommand fid_command(CLI::App& parent) {
  auto* app = parent.add_subcommand("fid", "Fréchet inception distance between two sets of images, or two runs of features");
  auto options = std::make_shared<FidOptions>();
  app->add_option("--real", options->real, "image set, run of images, or run of features")->required();
  app->add_option("--fake", options->fake, "image set, run of images, or run of features")->required();
  app->add_option("--model", options->model, "Inception checkpoint (pytorch-fid's keys), or 'random'");
  app->add_option("--taps", options->taps, "Inception layers by their channels")->capture_default_str();
  app->add_option("--resize", options->resize, "whose preparation of Inception's input")
      ->check(CLI::IsMember({"pytorch-fid", "torch-fidelity", "clean-fid"}))
      ->capture_default_str();
  app->add_option("--batch", options->batch, "images a batch in the distances by batch")
      ->check(CLI::Range(2, 1 << 20))
      ->capture_default_str();
  app->add_flag("--json", options->json, "one JSON object instead of lines for people");
  add_dtype_option(*app, options->dtype);
  add_batch_size_option(*app, options->batch_size);
  add_execution_options(*app, options->execution, "");
  app->add_option("--out", options->execution.out, "a file for the JSON object")->group(kExecutionGroup);
  return {app, [options] { return fid(*options); }};
}

} // namespace cxr
