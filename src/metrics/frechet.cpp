#include "metrics/frechet.h"

#include <cmath>

#include "core/error.h"

namespace cxr {
namespace {

void require_two(std::int64_t count) {
  if (count < 2) throw InputError("Fréchet distance", "number of samples", "at least 2", std::to_string(count));
}

at::Tensor as_finite_double(const at::Tensor& features) {
  const auto x = features.to(at::kCPU, at::kDouble).contiguous(); // [n,D]
  if (!at::isfinite(x).all().item<bool>()) throw InputError("Fréchet distance", "features", "finite numbers", "NaN or infinity");
  return x;
}

// B with B·Bᵀ = Σ: Cholesky's factor, or for a singular Σ the eigenvectors scaled by the roots of the eigenvalues.
at::Tensor root_factor(const at::Tensor& covariance) {
  const auto [lower, info] = at::linalg_cholesky_ex(covariance);
  if (info.item<int>() == 0) return lower;
  const auto [values, vectors] = at::linalg_eigh(covariance);
  return vectors * values.clamp_min(0).sqrt(); // rounding takes eigenvalues of 0 below it
}

// Tr((Σ1^½ Σ2 Σ1^½)^½). With Σ1 = B·Bᵀ the matrices Σ1^½ Σ2 Σ1^½ and Bᵀ Σ2 B have the same eigenvalues.
double trace_of_root(const at::Tensor& covariance1, const at::Tensor& covariance2) {
  const auto factor = root_factor(covariance1);
  const auto product = factor.t().mm(covariance2).mm(factor);
  return at::linalg_eigvalsh(product).clamp_min(0).sqrt().sum().item<double>();
}

struct Centred {
  at::Tensor mean;   // [D]
  at::Tensor factor; // [D,r] with factor·factorᵀ = Σ
  double trace;      // Tr Σ
};

Centred centre(const at::Tensor& features) {
  const auto x = as_finite_double(features); // [n,D]
  const auto count = x.size(0), dimensions = x.size(1);
  require_two(count);
  if (count < dimensions) {
    const auto mean = x.mean(0);
    const auto factor = ((x - mean) / std::sqrt(static_cast<double>(count - 1))).t();
    return {mean, factor, factor.square().sum().item<double>()};
  }
  Moments moments(dimensions);
  moments.add(x);
  const auto covariance = moments.covariance();
  return {moments.mean(), root_factor(covariance), covariance.trace().item<double>()};
}

double assemble(const at::Tensor& mean1, const at::Tensor& mean2, double traces, double root) {
  const double squared_means = (mean1 - mean2).square().sum().item<double>();
  return std::max(0.0, squared_means + traces - 2 * root); // rounding may take the distance of equal sets below 0
}

} // namespace

Moments::Moments(std::int64_t dimensions)
    : mean_(at::zeros({dimensions}, at::kDouble)), scatter_(at::zeros({dimensions, dimensions}, at::kDouble)) {
  expects(dimensions > 0, "Moments: {} dimensions", dimensions);
}

void Moments::add(const at::Tensor& features) {
  expects(features.dim() == 2 && features.size(1) == dimensions(), "Moments: features are [n,{}]", dimensions());
  const auto x = as_finite_double(features);
  const auto* rows = x.const_data_ptr<double>();
  for (std::int64_t begin = 0; begin < x.size(0);) {
    const auto end = std::min(begin + kBlock - pending_count(), x.size(0));
    pending_.insert(pending_.end(), rows + begin * dimensions(), rows + end * dimensions());
    if (pending_count() == kBlock) absorb_pending();
    begin = end;
  }
}

void Moments::merge(const Moments& other) {
  expects(other.dimensions() == dimensions(), "Moments: {} and {} dimensions", dimensions(), other.dimensions());
  const auto addend = other.settled();
  absorb_pending();
  absorb(addend.count_, addend.mean_, addend.scatter_);
}

at::Tensor Moments::mean() const { return settled().mean_; }

at::Tensor Moments::covariance() const {
  require_two(count());
  return settled().scatter_ / static_cast<double>(count() - 1);
}

// Chan, Golub and LeVeque 1979: the scatter about the common mean is both scatters and that of the two means.
void Moments::absorb(std::int64_t count, const at::Tensor& mean, const at::Tensor& scatter) {
  if (count == 0) return;
  const auto total = count_ + count;
  const double share = static_cast<double>(count) / static_cast<double>(total);
  const auto difference = mean - mean_; // [D]
  scatter_ = (scatter_ + scatter).addr_(difference, difference, 1, share * static_cast<double>(count_));
  mean_ = mean_ + share * difference;
  count_ = total;
}

void Moments::absorb_pending() {
  const auto count = pending_count();
  if (count == 0) return;
  const auto block = at::from_blob(pending_.data(), {count, dimensions()}, at::kDouble);
  const auto mean = block.mean(0);
  const auto centred = block - mean; // [count,D]
  absorb(count, mean, centred.t().mm(centred));
  pending_.clear();
}

Moments Moments::settled() const {
  auto copy = *this;
  copy.absorb_pending();
  return copy;
}

double frechet_distance(const Moments& a, const Moments& b) {
  expects(a.dimensions() == b.dimensions(), "frechet_distance: {} and {} dimensions", a.dimensions(), b.dimensions());
  const auto covariance1 = a.covariance(), covariance2 = b.covariance();
  const double traces = (covariance1.trace() + covariance2.trace()).item<double>();
  return assemble(a.mean(), b.mean(), traces, trace_of_root(covariance1, covariance2));
}

double frechet_distance(const at::Tensor& a, const at::Tensor& b) {
  expects(a.dim() == 2 && b.dim() == 2 && a.size(1) == b.size(1), "frechet_distance: features are [n,D] with one D");
  const auto first = centre(a), second = centre(b);
  const auto cross = first.factor.t().mm(second.factor); // [r1,r2]; Σ1^½ Σ2 Σ1^½ has the squares of its singular values
  double root = 0;
  if (cross.size(0) == a.size(1) && cross.size(1) == a.size(1)) {
    // Both of full rank: the eigenvalues of the square cost a quarter of the singular values and are as good.
    root = at::linalg_eigvalsh(cross.t().mm(cross)).clamp_min(0).sqrt().sum().item<double>();
  } else {
    root = at::linalg_svdvals(cross).sum().item<double>();
  }
  return assemble(first.mean, second.mean, first.trace + second.trace, root);
}

} // namespace cxr
