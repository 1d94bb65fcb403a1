/// @file
/// Features of a set's images, computed over the ranks, for `cxr fid` and `cxr diversity`.
#pragma once

#include "dist/communicator.h"
#include "experiments/feature_network.h"
#include "experiments/set_rows.h"

namespace cxr {

/// Features of the images `rows`, in batches that their order fixes: the same on all ranks and for any number of them. Collective.
FeaturesByTap set_features(const ImageSet& images, const Rows& rows, FeatureNetwork& network, std::int64_t batch_size,
                           Communicator& ranks);

} // namespace cxr
