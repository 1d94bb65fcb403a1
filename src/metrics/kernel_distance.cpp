#include "metrics/kernel_distance.h"

#include "core/error.h"
#include "core/rng.h"
#include "metrics/jackknife.h"

namespace cxr {
namespace {

constexpr std::int64_t kRows = 1024; // of a block of kernel values: memory stays far below that of the whole matrix

at::Tensor as_finite_double(const at::Tensor& features, std::int64_t least) {
  expects(features.dim() == 2, "kernel distance: features are [n,D]");
  if (features.size(0) < least) {
    throw InputError("kernel distance", "number of samples", fmt::format("at least {}", least), std::to_string(features.size(0)));
  }
  auto x = features.to(at::kCPU, at::kDouble);
  if (!at::isfinite(x).all().item<bool>()) throw InputError("kernel distance", "features", "finite numbers", "NaN or infinity");
  return x;
}

/// Sums of k(x_i, y_j) over j for each i, and over i for each j.
struct KernelSums {
  at::Tensor of_rows, of_columns; // float64 [n], [m]
  double total() const { return of_rows.sum().item<double>(); }
};

KernelSums kernel_sums(const at::Tensor& x, const at::Tensor& y) {
  std::vector<at::Tensor> of_rows;
  auto of_columns = at::zeros({y.size(0)}, at::kDouble);
  for (const auto& block : x.split(kRows)) {
    const auto inner = block.mm(y.t()).div_(x.size(1)).add_(1);
    const auto kernel = inner * inner * inner; // [rows,m]
    of_rows.push_back(kernel.sum(1));
    of_columns += kernel.sum(0);
  }
  return {at::cat(of_rows), of_columns};
}

/// The same within one set, without k(x_i, x_i).
at::Tensor sums_of_others(const at::Tensor& x) {
  const auto own = x.square().sum(1).div(x.size(1)).add(1).pow(3); // [n]
  return kernel_sums(x, x).of_rows - own;
}

double pairs(std::int64_t n) { return static_cast<double>(n) * static_cast<double>(n - 1); }

/// What a distance is made of: sums for each vector.
struct Parts {
  Parts(const at::Tensor& a, const at::Tensor& b)
      : within_a(sums_of_others(a)), within_b(sums_of_others(b)), cross(kernel_sums(a, b)) {}

  double distance() const {
    const auto n = within_a.size(0), m = within_b.size(0);
    return within_a.sum().item<double>() / pairs(n) + within_b.sum().item<double>() / pairs(m) -
           2 * cross.total() / static_cast<double>(n * m);
  }

  at::Tensor within_a, within_b;
  KernelSums cross;
};

/// Distances without each vector of one set. @param within,cross its vectors' sums  @param other_within the other set's
std::vector<double> distances_without(const at::Tensor& within, const at::Tensor& cross, const at::Tensor& other_within) {
  const auto n = within.size(0), m = other_within.size(0);
  const auto own = (within.sum() - 2 * within) / pairs(n - 1);
  const auto between = (cross.sum() - cross) / static_cast<double>((n - 1) * m);
  const at::Tensor distances = own + other_within.sum() / pairs(m) - 2 * between; // [n]
  return {distances.const_data_ptr<double>(), distances.const_data_ptr<double>() + n};
}

at::Tensor subset(const at::Tensor& features, const KernelSubsets& subsets, std::int64_t number) {
  const auto rows = rng::sample_without_replacement(features.size(0), subsets.size, subsets.seed, rng::Stream::kSampling,
                                                    static_cast<std::uint64_t>(number));
  return features.index_select(0, at::tensor(rows, at::kLong));
}

} // namespace

double kernel_distance(const at::Tensor& a, const at::Tensor& b) {
  return Parts(as_finite_double(a, 2), as_finite_double(b, 2)).distance();
}

Interval kernel_distance_interval(const at::Tensor& a, const at::Tensor& b) {
  const Parts parts(as_finite_double(a, 3), as_finite_double(b, 3));
  return jackknife_interval(parts.distance(), {distances_without(parts.within_a, parts.cross.of_rows, parts.within_b),
                                               distances_without(parts.within_b, parts.cross.of_columns, parts.within_a)});
}

std::vector<double> subset_kernel_distances(const at::Tensor& a, const at::Tensor& b, const KernelSubsets& subsets) {
  const auto x = as_finite_double(a, subsets.size), y = as_finite_double(b, subsets.size);
  std::vector<double> distances;
  for (std::int64_t s = 0; s < subsets.count; ++s) {
    distances.push_back(kernel_distance(subset(x, subsets, 2 * s), subset(y, subsets, 2 * s + 1)));
  }
  return distances;
}

} // namespace cxr
