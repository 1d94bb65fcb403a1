/// @file
/// t-SNE: points of many dimensions laid out in two so that neighbours stay neighbours (van der Maaten and Hinton 2008; Chambon et
/// al. 2022, Figures 6-8). Follows scikit-learn 1.x (`TSNE` with its defaults): affinities over the 3·perplexity nearest
/// neighbours, principal components as the start, learning rate max(N / 12 / 4, 50), early exaggeration 12 for 250 iterations,
/// momentum 0.5 and then 0.8, gains per coordinate. The repulsion is exact where scikit-learn approximates it (Barnes and Hut).
#pragma once

#include <torch/types.h>

#include <cstdint>

namespace cxr {

struct TsneOptions {
  double perplexity = 30;         ///< how many neighbours a point has, effectively; below the number of points
  std::int64_t iterations = 1000; ///< at most; 250 of them exaggerated
  std::uint64_t seed = 0;         ///< of the noise in a start, a hundredth of its spread, which parts equal points
  std::int64_t starts = 4;        ///< layouts to make; the one of least divergence stays, since they end in different minima
};

struct TsneLayout {
  at::Tensor coordinates;   ///< float32 [N,2], on the CPU
  double kl_divergence = 0; ///< of the affinities from the layout's, over the pairs of neighbours (scikit-learn's kl_divergence_)
  std::int64_t iterations = 0; ///< done: fewer than asked where it stood still
};

/// Time grows with N²: 5,000 points take seconds on two cores. The same layout for any number of threads.
/// @param points [N,D] of any floating type; the layout is computed where they are, on a CPU or a GPU
/// @throws InputError for numbers that are not finite, or no more points than the perplexity
TsneLayout tsne(const at::Tensor& points, const TsneOptions& options = {});

} // namespace cxr
