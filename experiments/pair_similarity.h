/// @file
/// How alike the images of a set are: MS-SSIM over its pairs.
#pragma once

#include <torch/types.h>

#include "dist/communicator.h"
#include "metrics/bootstrap.h"

namespace cxr {

struct PairSimilarity {
  double mean, sd; ///< over the pairs
  Interval
      interval; ///< of the mean if the images were drawn again: pairs share images, so it leaves out images (metrics/jackknife.h)
  std::int64_t pairs, scales;
};

/// Mean MS-SSIM (metrics/ms_ssim.h) over all pairs of images, or over `limit` of them, drawn with `seed`. Collective; the same for
/// any number of ranks.
/// @param images uint8 [n,s,s], n ≥ 3. @throws InputError for fewer images, and sides below 11 pixels
PairSimilarity pair_similarity(const at::Tensor& images, std::int64_t limit, std::uint64_t seed, Communicator& ranks);

} // namespace cxr
