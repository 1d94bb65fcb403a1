/// @file
/// Similarity of feature vectors.
#pragma once

#include <torch/types.h>

namespace cxr {

/// Cosine of the angle between row i of `a` and row i of `b`, in double. A zero vector is similar to nothing: 0.
/// @param a,b [N,D] of any floating type  @return float64 [N]
at::Tensor cosine_similarity_of_rows(const at::Tensor& a, const at::Tensor& b);

} // namespace cxr
