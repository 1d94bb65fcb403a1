#include "analysis/arm_results.h"

#include "analysis/run_results.h"
#include "core/error.h"
#include "data/image_set.h"
#include "data/origin.h"
#include "metrics/similarity.h"

namespace cxr {
namespace {

constexpr std::array<const char*, 5> kReconstructColumns = {"rmse", "psnr", "ssim", "rmse_paper", "psnr_paper"};
constexpr const char* kOriginals = "the image set";

std::vector<double> to_vector(const at::Tensor& column) {
  const auto values = column.to(at::kDouble).contiguous(); // [N]
  return {values.const_data_ptr<double>(), values.const_data_ptr<double>() + values.numel()};
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

ArmResults read_arm_results(const Arm& arm) {
  const ImageSet images(arm.images);
  const auto& ids = images.info().ids;
  ArmResults results;
  results.samples = images.size();
  results.labels = images.info().labels;
  if (!results.labels.defined()) throw InputError(arm.images.string(), "labels", "int8 [N,14]", "no such dataset");
  const auto reconstruct = open_results(arm.reconstruct);
  check_samples(reconstruct, ids, kOriginals);
  for (const auto* name : kReconstructColumns) results.quality[name] = to_vector(read_numbers(reconstruct, name, images.size(), 1));
  Origin(reconstruct).require("inputs.images", images.identity(), arm.images.string());
  results.original = read_classifier_scores(arm.classify_original, images, ids, kOriginals);
  results.reconstruction = read_classifier_scores(arm.classify_reconstruction, ImageSet(arm.reconstruct), ids, kOriginals);
  const auto& scorer = results.original.origin;
  for (const char* key : {"inputs.model", "inputs.model_config", "resize"})
    results.reconstruction.origin.require(key, scorer.of(key), scorer.file());
  results.quality["cosine"] = feature_cosines(arm, results.original, results.reconstruction);
  return results;
}

} // namespace cxr
