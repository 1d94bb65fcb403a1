#include "analysis/classifier_scores.h"

#include "analysis/run_results.h"
#include "core/error.h"

namespace cxr {
namespace {

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

} // namespace

std::string threshold_note(ScoreKind kind) {
  return kind == ScoreKind::kRaw ? "Threshold 0.5 on the classifier's raw scores."
                                 : "Threshold 0.5 on the scores after operating-point normalisation.";
}

std::optional<std::vector<float>> ClassifierScores::column(ScoreKind kind, const std::string& name) const {
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) return std::nullopt;
  const auto& scores = kind == ScoreKind::kRaw ? raw : calibrated;
  const auto values = scores.select(1, found - names.begin()).contiguous(); // [N]
  return std::vector<float>(values.const_data_ptr<float>(), values.const_data_ptr<float>() + values.numel());
}

ClassifierScores read_classifier_scores(const std::filesystem::path& run, const ImageSet& images,
                                        const std::vector<std::string>& ids, const std::string& whose) {
  const auto file = open_results(run);
  check_samples(file, ids, whose);
  ClassifierScores scores;
  scores.origin = Origin(file);
  scores.origin.require("inputs.images", images.identity(), images.path().string());
  if (!file.has("scores") || !file.has_attribute("scores", "names")) {
    throw InputError(file.path().string(), "scores", "a dataset with the attribute names, as cxr classify writes", "none");
  }
  scores.names = file.read_attribute_strings("scores", "names");
  scores.raw = read_scores(file, "scores", std::ssize(ids), scores.names.size());
  scores.calibrated = read_scores(file, "scores_calibrated", std::ssize(ids), scores.names.size());
  scores.features = read_numbers(file, "features", std::ssize(ids), 2);
  return scores;
}

} // namespace cxr
