/// @file
/// The Fréchet distance between two sets of features, each taken as a normal distribution (Dowson and Landau 1982; as FID on
/// Inception features, Heusel et al. 2017):
///
///     d² = |μ1 − μ2|² + Tr Σ1 + Tr Σ2 − 2·Tr((Σ1^½ Σ2 Σ1^½)^½)
///
/// Σ is the sample covariance (n − 1, as numpy.cov). All in double. Where both covariances have full rank this equals
/// pytorch-fid's `calculate_frechet_distance`, which takes the trace of scipy's sqrtm(Σ1 Σ2). For singular ones (fewer vectors
/// than dimensions) its value carries rounding errors of the order of √ε·√(largest eigenvalue of Σ1 Σ2) for each missing rank,
/// and it adds 1e-6 to both diagonals when its root is not finite. The distance by moments, here too, carries the former; the
/// distance by features is exact to rounding.
#pragma once

#include <torch/types.h>

#include <vector>

namespace cxr {

/// Number, mean and scatter matrix of feature vectors. Vectors are taken in blocks of kBlock in the order in which they come,
/// so the moments of a sequence do not depend, in any bit, on how it was cut into add() calls.
class Moments {
 public:
  static constexpr std::int64_t kBlock = 256;

  explicit Moments(std::int64_t dimensions);

  /// Adds vectors. @param features [n,D] of any floating type. @throws InputError for numbers that are not finite
  void add(const at::Tensor& features);
  /// Adds all that `other` holds, as if its vectors had come next; the result equals that of one sequence up to rounding.
  void merge(const Moments& other);

  std::int64_t count() const { return count_ + pending_count(); }
  std::int64_t dimensions() const { return mean_.size(0); }
  /// float64 [D]
  at::Tensor mean() const;
  /// Sample covariance, float64 [D,D]. @throws InputError for fewer than two vectors
  at::Tensor covariance() const;

 private:
  friend double frechet_distance(const Moments& a, const Moments& b);

  std::int64_t pending_count() const { return std::ssize(pending_) / dimensions(); }
  void absorb(std::int64_t count, const at::Tensor& mean, const at::Tensor& scatter);
  void absorb_pending();
  /// This with the pending vectors taken in.
  Moments settled() const;

  std::int64_t count_ = 0;
  at::Tensor mean_;             ///< float64 [D] of whole blocks; never changed in place, so copies may share it
  at::Tensor scatter_;          ///< float64 [D,D], Σ (x − μ)(x − μ)ᵀ of whole blocks; likewise
  std::vector<double> pending_; ///< vectors that wait for their block to fill, one after the other
};

/// d² of two sets by their moments; not negative. @throws InputError for fewer than two vectors in either
double frechet_distance(const Moments& a, const Moments& b);

/// d² of two sets by their features: through the cross product of the centred features where a set has fewer vectors than
/// dimensions (exact for singular covariances, and much faster for small sets), by moments otherwise.
/// @param a,b [n,D] of any floating type; n may differ. @throws InputError for fewer than two vectors in either
double frechet_distance(const at::Tensor& a, const at::Tensor& b);

} // namespace cxr
