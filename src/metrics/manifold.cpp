#include "metrics/manifold.h"

#include "core/error.h"

namespace cxr {
namespace {

constexpr std::int64_t kBlockRows = 512; // of a block of distances

at::Tensor as_finite_double(const at::Tensor& features) {
  expects(features.dim() == 2, "manifold: features are [n,D]");
  auto x = features.to(at::kCPU, at::kDouble).contiguous();
  if (!at::isfinite(x).all().item<bool>()) throw InputError("manifold", "features", "finite numbers", "NaN or infinity");
  return x;
}

at::Tensor distances(const at::Tensor& x, const at::Tensor& y) {
  constexpr std::int64_t kByDifferences = 2; // not by a matrix product, whose rounding would part equal points
  return at::cdist(x, y, 2, kByDifferences);
}

} // namespace

at::Tensor in_manifold(const at::Tensor& points, const at::Tensor& reference, std::int64_t k) {
  expects(k >= 1, "manifold: at least one neighbour");
  if (reference.size(0) <= k) {
    throw InputError("manifold", "number of samples", fmt::format("more than the {} neighbours", k),
                     std::to_string(reference.size(0)));
  }
  const auto x = as_finite_double(points), y = as_finite_double(reference);
  std::vector<at::Tensor> radii, inside;
  for (const auto& block : y.split(kBlockRows)) { // a point's nearest is itself
    radii.push_back(std::get<0>(distances(block, y).kthvalue(k + 1, 1)));
  }
  const auto radius = at::cat(radii); // [m]
  for (const auto& block : x.split(kBlockRows)) inside.push_back((distances(block, y) <= radius).any(1));
  return at::cat(inside);
}

} // namespace cxr
