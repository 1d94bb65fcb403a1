/// @file
/// How far a Fréchet distance of two small sets would move if the images were drawn again.
#pragma once

#include "metrics/bootstrap.h"
#include "metrics/frechet.h"

namespace cxr {

/// Into how many parts a set is cut for the jackknife, if it has as many vectors.
inline constexpr std::int64_t kFrechetParts = 50;

/// 95 % interval of frechet_distance(a, b), by leaving out parts of both sets (metrics/jackknife.h); not below 0.
///
/// It covers the mean distance of sets of this size, which is what methods are compared by, not the distance of infinitely many
/// images: 50 vectors leave a covariance with 49 dimensions, and the distance of two samples of one distribution then lies far
/// above 0 (Chong and Forsyth 2020). On normal and rectified normal features with variances 1/i, 50 + 50 vectors, distributions
/// equal, near and far, it covers that mean in 90 to 100 % of draws; the percentile bootstrap in 0 to 75 %, since resamples repeat
/// vectors and lose rank, and the basic bootstrap in 0 to 65 % (scripts/interval_coverage.py).
/// @param a,b [n,D] of any floating type, n ≥ 3. @throws InputError for fewer vectors
Interval frechet_interval(const at::Tensor& a, const at::Tensor& b);

} // namespace cxr
