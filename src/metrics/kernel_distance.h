/// @file
/// The kernel distance between two sets of features (as KID on Inception features, Bińkowski et al. 2018): the unbiased estimate of
/// the squared maximum mean discrepancy (Gretton et al. 2012) for the kernel k(x, y) = (x·y / D + 1)³,
///
///     mean of k(x, x') over pairs x ≠ x' + mean of k(y, y') over y ≠ y' − 2 · mean of k(x, y).
///
/// Unbiased at any number of vectors, so distances of sets of different sizes compare; below 0 for about half of all pairs of sets
/// of one distribution. The kernel and its parameters are the defaults of torch-fidelity and torchmetrics. All in double.
#pragma once

#include <torch/types.h>

#include <vector>

#include "metrics/bootstrap.h"

namespace cxr {

/// @param a,b [n,D] of any floating type; n may differ. @throws InputError for fewer than two vectors in either, or numbers that
/// are not finite
double kernel_distance(const at::Tensor& a, const at::Tensor& b);

/// 95 % interval of kernel_distance(a, b) by the jackknife over single vectors (metrics/jackknife.h). Where frechet_interval was
/// measured it covers the distributions' distance in 86 to 99 % of draws; bootstraps, whose resamples pair vectors with themselves,
/// in as few as none.
/// @throws InputError for fewer than three vectors in either
Interval kernel_distance_interval(const at::Tensor& a, const at::Tensor& b);

/// Random subsets, as published values are computed: the mean of their distances is the KID, their spread its ±.
struct KernelSubsets {
  std::int64_t count = 100, size = 1000; ///< so many pairs of subsets, of so many vectors each
  std::uint64_t seed = 0;
};

/// Distances of random subsets, drawn without replacement from each set; subset s depends on (seed, s) alone.
/// @throws InputError if a set is smaller than a subset, or subsets have fewer than two vectors
std::vector<double> subset_kernel_distances(const at::Tensor& a, const at::Tensor& b, const KernelSubsets& subsets);

} // namespace cxr
