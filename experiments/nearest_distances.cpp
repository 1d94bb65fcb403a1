#include "experiments/nearest_distances.h"

#include <cmath>

#include "experiments/grey_squares.h"
#include "experiments/interval_json.h"
#include "experiments/nearest_training.h"
#include "experiments/set_features.h"
#include "metrics/proportion.h"
#include "metrics/summary.h"

namespace cxr {
namespace {

/// Distances of the generated images to their nearest, and of those to theirs.
struct Distances {
  /// @param scale Σ of squared differences × scale² is the squared distance
  Distances(const NearestTraining& found, double scale) {
    for (std::size_t i = 0; i < found.nearest.size(); ++i) {
      nearest.push_back(scale * std::sqrt(found.nearest[i].squared));
      between.push_back(scale * std::sqrt(found.between[i].squared));
    }
  }

  nlohmann::json summary() const {
    const auto of_nearest = summarise(nearest);
    std::int64_t closer = 0;
    for (std::size_t i = 0; i < nearest.size(); ++i) closer += nearest[i] < between[i];
    const auto count = std::ssize(nearest);
    const auto mean_of = [&](std::span<const std::int64_t> indices, std::span<double> values) {
      double sum = 0;
      for (const auto i : indices) sum += nearest[i];
      values[0] = sum / static_cast<double>(indices.size());
    };
    return {{"mean", of_nearest.mean},
            {"min", of_nearest.min},
            {"interval", interval_json(bootstrap(count, 1, mean_of)[0])},
            {"training_mean", summarise(between).mean},
            {"closer", static_cast<double>(closer) / static_cast<double>(count)},
            {"closer_interval", interval_json(wilson_interval(closer, count))}};
  }

  std::vector<double> nearest, between;
};

/// Adds distances to each row of "nearest". @param prefix "" or "feature_"
void add_distances(nlohmann::json& result, const std::string& prefix, const NearestSets& sets, const NearestTraining& found,
                   double scale) {
  const Distances distances(found, scale);
  for (std::size_t i = 0; i < found.nearest.size(); ++i) {
    auto& row = result["nearest"][i];
    row["id"] = sets.images.info().ids[sets.rows[i]];
    row[prefix + "nearest_id"] = sets.training.info().ids[found.nearest[i].number];
    row[prefix + "distance"] = distances.nearest[i];
    row[prefix + "training_distance"] = distances.between[i];
  }
  result[prefix + "nearest_summary"] = distances.summary();
}

} // namespace

void add_pixel_distances(nlohmann::json& result, const NearestSets& sets, std::int64_t size, Communicator& ranks) {
  constexpr std::int64_t kAtOnce = 64;
  const auto generated = grey_squares(sets.images, sets.rows, size).flatten(1); // uint8 [n,size²]
  const auto training = [&](const Batch& batch) {
    const c10::InferenceMode no_autograd;
    Rows rows = all_rows(batch.count);
    for (auto& row : rows) row += batch.begin;
    return grey_squares(sets.training, rows, size).flatten(1);
  };
  const auto found = nearest_training(generated, sets.training.size(), kAtOnce, training, ranks);
  add_distances(result, "", sets, found, 1 / static_cast<double>(size));
}

void add_feature_distances(nlohmann::json& result, const NearestSets& sets, FeatureNetwork& network, std::int64_t batch_size,
                           Communicator& ranks) {
  constexpr std::int64_t kAtOnce = 4096;
  const auto of = [&](const ImageSet& images, const Rows& rows) {
    return set_features(images, rows, network, batch_size, ranks).begin()->second;
  };
  const auto generated = of(sets.images, sets.rows), training = of(sets.training, all_rows(sets.training.size()));
  const auto found = nearest_training(
      generated, training.size(0), kAtOnce, [&](const Batch& batch) { return training.slice(0, batch.begin, batch.end()); }, ranks);
  add_distances(result, "feature_", sets, found, 1);
}

} // namespace cxr
