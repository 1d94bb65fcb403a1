#include "analysis/arm_results.h"

#include <fmt/ranges.h>

#include "core/error.h"
#include "data/image_set.h"
#include "io/hdf5.h"
#include "metrics/similarity.h"

namespace cxr {
namespace {

namespace fs = std::filesystem;

constexpr std::array<const char*, 5> kReconstructColumns = {"rmse", "psnr", "ssim", "rmse_paper", "psnr_paper"};

hdf5::File open_results(const fs::path& run) {
  const auto results = fs::is_directory(run) ? run / "results.h5" : run;
  if (!fs::exists(results)) throw InputError(run.string(), "results.h5", "a finished run", "none; cxr merge makes it");
  return hdf5::File::open(results);
}

void check_samples(const hdf5::File& file, const std::vector<std::string>& ids) {
  const auto found = file.read_strings("ids");
  if (found.size() != ids.size()) {
    throw InputError(file.path().string(), "ids", fmt::format("{} samples, as the image set has", ids.size()),
                     fmt::format("{}", found.size()));
  }
  const auto difference = std::mismatch(ids.begin(), ids.end(), found.begin());
  if (difference.first != ids.end()) {
    throw InputError(file.path().string(), fmt::format("ids, sample {}", difference.first - ids.begin()), *difference.first,
                     *difference.second);
  }
}

// A floating dataset of `rows` rows and `dims` dimensions.
at::Tensor read_numbers(const hdf5::File& file, const std::string& name, std::int64_t rows, std::size_t dims) {
  const auto shape = file.shape(name);
  if (file.is_string(name) || !at::isFloatingType(file.dtype(name)) || shape.size() != dims || shape[0] != rows) {
    throw InputError(file.path().string(), name, fmt::format("numbers, {} rows in {} dimension(s)", rows, dims),
                     fmt::format("[{}]", fmt::join(shape, ",")));
  }
  return file.read(name);
}

std::vector<double> to_vector(const at::Tensor& column) {
  const auto values = column.to(at::kDouble).contiguous(); // [N]
  return {values.const_data_ptr<double>(), values.const_data_ptr<double>() + values.numel()};
}

at::Tensor read_scores(const hdf5::File& file, const std::string& name, std::int64_t rows, std::size_t columns) {
  auto scores = read_numbers(file, name, rows, 2).to(at::kFloat); // [N,C]
  if (scores.size(1) != std::int64_t(columns)) {
    throw InputError(file.path().string(), name, fmt::format("{} columns, as its names say", columns),
                     std::to_string(scores.size(1)));
  }
  if (!at::isfinite(scores).all().item<bool>())
    throw InputError(file.path().string(), name, "scores from 0 to 1", "NaN or infinity");
  return scores;
}

ClassifierScores read_classifier(const fs::path& run, const std::vector<std::string>& ids) {
  const auto file = open_results(run);
  check_samples(file, ids);
  ClassifierScores scores;
  if (!file.has("scores") || !file.has_attribute("scores", "names")) {
    throw InputError(file.path().string(), "scores", "a dataset with the attribute names, as cxr classify writes", "none");
  }
  scores.names = file.read_attribute_strings("scores", "names");
  scores.raw = read_scores(file, "scores", std::ssize(ids), scores.names.size());
  scores.calibrated = read_scores(file, "scores_calibrated", std::ssize(ids), scores.names.size());
  scores.features = read_numbers(file, "features", std::ssize(ids), 2);
  return scores;
}

std::vector<double> feature_cosines(const Arm& arm, const ClassifierScores& original, const ClassifierScores& reconstruction) {
  if (original.features.sizes() != reconstruction.features.sizes()) {
    throw InputError(arm.classify_reconstruction.string(), "features",
                     fmt::format("{} a sample, as of the originals", original.features.size(1)),
                     std::to_string(reconstruction.features.size(1)));
  }
  return to_vector(cosine_similarity_of_rows(original.features, reconstruction.features));
}

} // namespace

std::optional<std::vector<float>> ClassifierScores::column(const at::Tensor& scores, const std::string& name) const {
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) return std::nullopt;
  const auto values = scores.select(1, found - names.begin()).contiguous(); // [N]
  return std::vector<float>(values.const_data_ptr<float>(), values.const_data_ptr<float>() + values.numel());
}

ArmResults read_arm_results(const Arm& arm) {
  const ImageSet images(arm.images);
  const auto& ids = images.info().ids;
  ArmResults results;
  results.samples = images.size();
  results.labels = images.info().labels;
  if (!results.labels.defined()) throw InputError(arm.images.string(), "labels", "int8 [N,14]", "no such dataset");
  const auto reconstruct = open_results(arm.reconstruct);
  check_samples(reconstruct, ids);
  for (const auto* name : kReconstructColumns) results.quality[name] = to_vector(read_numbers(reconstruct, name, images.size(), 1));
  results.original = read_classifier(arm.classify_original, ids);
  results.reconstruction = read_classifier(arm.classify_reconstruction, ids);
  results.quality["cosine"] = feature_cosines(arm, results.original, results.reconstruction);
  return results;
}

} // namespace cxr
