/// @file
/// The nearest training images in the JSON object of `cxr diversity` (diversity.cpp states it).
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "dist/communicator.h"
#include "experiments/feature_network.h"
#include "experiments/set_rows.h"

namespace cxr {

/// Generated images beside training images, of which there are at least two.
struct NearestSets {
  const ImageSet& images;
  const Rows& rows; ///< the images that count
  const ImageSet& training;
};

/// Adds "nearest" and "nearest_summary": by the RMSE of 8-bit grey squares of `size` pixels. Collective.
void add_pixel_distances(nlohmann::json& result, const NearestSets& sets, std::int64_t size, Communicator& ranks);

/// Adds "feature_…" to each of "nearest", and "feature_nearest_summary": by the Euclidean distance of features. Collective.
/// @param batch_size images that the network takes at once
void add_feature_distances(nlohmann::json& result, const NearestSets& sets, FeatureNetwork& network, std::int64_t batch_size,
                           Communicator& ranks);

} // namespace cxr
