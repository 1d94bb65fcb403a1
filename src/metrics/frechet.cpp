#include "metrics/frechet.h"

#include <cmath>

#include "core/error.h"

namespace cxr {
namespace {

void require_two(std::int64_t count) {
  if (count < 2) throw InputError("Fréchet distance", "number of samples", "at least 2", std::to_string(count));
}

at::Tensor as_finite_double(const at::Tensor& features) {
  auto x = features.to(at::kCPU, at::kDouble).contiguous(); // [n,D]
  if (!at::isfinite(x).all().item<bool>()) throw InputError("Fréchet distance", "features", "finite numbers", "NaN or infinity");
  return x;
}

// Bᵀ·Σ·B of a lower triangular B, on and below the diagonal, which is what eigvalsh reads. By blocks of columns, so that neither
// B's zeros nor the other half cost: 0.8 products of full matrices instead of 2.
at::Tensor lower_congruence(const at::Tensor& factor, const at::Tensor& covariance) {
  constexpr std::int64_t kColumns = 256;
  const auto size = factor.size(0);
  auto product = at::zeros_like(factor);
  for (std::int64_t begin = 0; begin < size; begin += kColumns) {
    const auto end = std::min(begin + kColumns, size);
    const auto tail = factor.slice(0, begin).slice(1, begin);     // [size-begin,size-begin]
    const auto rest = covariance.slice(0, begin).slice(1, begin); // [size-begin,size-begin]
    const auto columns = rest.mm(tail.slice(1, 0, end - begin));  // [size-begin,end-begin]
    product.slice(0, begin).slice(1, begin, end).copy_(tail.t().mm(columns));
  }
  return product;
}

// A matrix with the eigenvalues of Σ1^½ Σ2 Σ1^½: Bᵀ·Σ2·B, where B·Bᵀ = Σ1. B is Cholesky's factor, or for a singular Σ1 its
// eigenvectors scaled by the roots of its eigenvalues.
at::Tensor congruence(const at::Tensor& covariance1, const at::Tensor& covariance2) {
  const auto [lower, info] = at::linalg_cholesky_ex(covariance1);
  if (info.item<int>() == 0) return lower_congruence(lower, covariance2);
  const auto [values, vectors] = at::linalg_eigh(covariance1);
  const auto factor = vectors * values.clamp_min(0).sqrt(); // rounding takes eigenvalues of 0 below it
  return factor.t().mm(covariance2).mm(factor);
}

// Tr((Σ1^½ Σ2 Σ1^½)^½)
double trace_of_root(const at::Tensor& covariance1, const at::Tensor& covariance2) {
  return at::linalg_eigvalsh(congruence(covariance1, covariance2), "L").clamp_min(0).sqrt().sum().item<double>();
}

struct Factored {
  at::Tensor mean;   // [D]
  at::Tensor factor; // [D,r] with factor·factorᵀ = Σ
  double trace;      // Tr Σ
};

Factored factored(const at::Tensor& features) {
  const auto x = as_finite_double(features); // [n,D]
  require_two(x.size(0));
  const auto mean = x.mean(0);
  auto factor = ((x - mean) / std::sqrt(static_cast<double>(x.size(0) - 1))).t(); // [D,n]
  const double trace = factor.square().sum().item<double>();
  if (x.size(0) > x.size(1)) { // as good, and smaller
    const auto [lower, info] = at::linalg_cholesky_ex(factor.mm(factor.t()));
    if (info.item<int>() == 0) factor = lower;
  }
  return {mean, factor, trace};
}

Moments moments_of(const at::Tensor& features) {
  Moments moments(features.size(1));
  moments.add(features);
  return moments;
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
  const auto first = a.settled(), second = b.settled(); // once, not for each of what follows
  const auto covariance1 = first.covariance(), covariance2 = second.covariance();
  const double traces = (covariance1.trace() + covariance2.trace()).item<double>();
  return assemble(first.mean(), second.mean(), traces, trace_of_root(covariance1, covariance2));
}

double frechet_distance(const at::Tensor& a, const at::Tensor& b) {
  expects(a.dim() == 2 && b.dim() == 2 && a.size(1) == b.size(1), "frechet_distance: features are [n,D] with one D");
  if (std::min(a.size(0), b.size(0)) > a.size(1)) return frechet_distance(moments_of(a), moments_of(b));
  const auto first = factored(a), second = factored(b);
  const auto cross = first.factor.t().mm(second.factor); // [r1,r2]; Σ1^½ Σ2 Σ1^½ has the squares of its singular values
  const double root = at::linalg_svdvals(cross).sum().item<double>();
  return assemble(first.mean, second.mean, first.trace + second.trace, root);
}

} // namespace cxr
