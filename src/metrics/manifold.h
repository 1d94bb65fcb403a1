/// @file
/// Precision and recall of a generated set (Kynkäänniemi et al. 2019): the shares of generated images that lie in the manifold of
/// the real ones, and of real images that lie in the manifold of the generated ones.
///
///     precision = in_manifold(generated, real, k).mean(),  recall = in_manifold(real, generated, k).mean()
///
/// As torch-fidelity has them (k = 3).
#pragma once

#include <torch/types.h>

#include "metrics/bootstrap.h"

namespace cxr {

/// Which points lie in the union of balls around the reference points, each as wide as the distance to its k-th nearest other
/// reference point (Euclidean; the border belongs to it). In double, by differences: equal points have distance 0.
/// @param points,reference [n,D], [m,D] of any floating type  @param k from 1  @return bool [n]
/// @throws InputError unless the reference has more than k points, and for numbers that are not finite
at::Tensor in_manifold(const at::Tensor& points, const at::Tensor& reference, std::int64_t k);

} // namespace cxr
