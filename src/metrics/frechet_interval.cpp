#include "metrics/frechet_interval.h"

#include <ATen/Parallel.h>

#include "core/error.h"
#include "metrics/jackknife.h"

namespace cxr {
namespace {

at::Tensor rows(const at::Tensor& features, const std::vector<std::int64_t>& indices) {
  return features.index_select(0, at::tensor(indices, at::kLong));
}

/// Distances of `other` to `features` without each of its parts.
std::vector<double> distances_without(const at::Tensor& features, const at::Tensor& other) {
  const auto count = features.size(0), parts = std::min(count, kFrechetParts);
  std::vector<double> distances(static_cast<std::size_t>(parts));
  at::parallel_for(0, parts, 1, [&](std::int64_t begin, std::int64_t end) { // the matrices of small sets are too small for threads
    for (auto g = begin; g < end; ++g) distances[g] = frechet_distance(rows(features, without_part(count, parts, g)), other);
  });
  return distances;
}

} // namespace

Interval frechet_interval(const at::Tensor& a, const at::Tensor& b) {
  const auto smaller = std::min(a.size(0), b.size(0));
  if (smaller < 3) throw InputError("interval of the Fréchet distance", "number of samples", "at least 3", std::to_string(smaller));
  const auto interval = jackknife_interval(frechet_distance(a, b), {distances_without(a, b), distances_without(b, a)});
  return {std::max(0.0, interval.low), interval.high};
}

} // namespace cxr
