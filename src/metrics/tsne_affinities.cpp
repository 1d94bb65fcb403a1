#include "metrics/tsne_affinities.h"

#include <cmath>
#include <limits>

#include <ATen/Parallel.h>

namespace cxr {
namespace {

constexpr std::int64_t kRows = 128; // of a block of distances

struct NearestPoints {
  at::Tensor squared_distance; ///< float64 [N,k]
  at::Tensor number;           ///< int64 [N,k]
};

// Blocks of rows are fixed, and each is one thread's: the same for any number of threads.
NearestPoints nearest_points(const at::Tensor& points, std::int64_t k) {
  const auto count = points.size(0);
  const auto centred = points - points.mean(0, true); // smaller numbers cancel less below
  const auto norms = centred.square().sum(1);         // [N]
  NearestPoints nearest{at::empty({count, k}, at::kDouble), at::empty({count, k}, at::kLong)};
  at::parallel_for(0, (count + kRows - 1) / kRows, 1, [&](std::int64_t first, std::int64_t last) {
    const c10::InferenceMode no_autograd;
    for (auto begin = first * kRows; begin < std::min(last * kRows, count); begin += kRows) {
      const auto end = std::min(begin + kRows, count);
      auto squared = at::addmm(norms.unsqueeze(0), centred.slice(0, begin, end), centred.t(), 1, -2);
      squared.add_(norms.slice(0, begin, end).unsqueeze(1)).clamp_min_(0);    // [rows,N]
      squared.diagonal(begin).fill_(std::numeric_limits<double>::infinity()); // not itself
      const auto [values, numbers] = squared.topk(k, 1, false, true);
      nearest.squared_distance.slice(0, begin, end).copy_(values);
      nearest.number.slice(0, begin, end).copy_(numbers);
    }
  });
  return nearest;
}

// The row's probabilities p_j ∝ exp(-beta d_j), with the beta whose entropy is log(perplexity), by bisection as scikit-learn does
// it.
void conditional_probabilities(std::span<const double> squared, double perplexity, std::span<double> p) {
  constexpr int kSteps = 100;
  constexpr double kTolerance = 1e-5, kInfinity = std::numeric_limits<double>::infinity();
  double beta = 1, low = -kInfinity, high = kInfinity;
  for (int step = 0; step < kSteps; ++step) {
    double sum = 0, weighted = 0;
    for (std::size_t j = 0; j < p.size(); ++j) {
      p[j] = std::exp(-beta * (squared[j] - squared[0])); // the nearest first: never all zero
      sum += p[j];
      weighted += (squared[j] - squared[0]) * p[j];
    }
    for (auto& probability : p) probability /= sum;
    const double difference = std::log(sum) + beta * weighted / sum - std::log(perplexity);
    if (std::abs(difference) <= kTolerance) return;
    (difference > 0 ? low : high) = beta;
    if (std::isinf(difference > 0 ? high : low)) {
      beta = difference > 0 ? beta * 2 : beta / 2;
    } else {
      beta = (low + high) / 2;
    }
  }
}

at::Tensor conditional_probabilities(const at::Tensor& squared_distance, double perplexity) {
  auto probabilities = at::empty_like(squared_distance); // [N,k]
  const auto k = squared_distance.size(1);
  const auto* squared = squared_distance.const_data_ptr<double>();
  auto* p = probabilities.mutable_data_ptr<double>();
  at::parallel_for(0, squared_distance.size(0), 64, [&](std::int64_t begin, std::int64_t end) {
    for (auto i = begin; i < end; ++i) {
      conditional_probabilities({squared + i * k, static_cast<std::size_t>(k)}, perplexity,
                                std::span(p + i * k, static_cast<std::size_t>(k)));
    }
  });
  return probabilities;
}

// P + Pᵀ over its sum, where P has these rows: entries sorted by row and column, those of one place added.
SparseAffinities symmetric(const at::Tensor& number, const at::Tensor& probability) {
  const auto count = number.size(0);
  const auto row = at::arange(count).unsqueeze(1).expand_as(number).flatten(), column = number.flatten();
  const auto [place, order] = at::cat({row * count + column, column * count + row}).sort(true, 0, false);
  const auto value = at::cat({probability.flatten(), probability.flatten()}).index_select(0, order);
  const auto [places, inverse, counts] = at::unique_consecutive(place, true);
  auto sums = at::zeros({places.size(0)}, at::kDouble).index_add_(0, inverse, value);
  sums.div_(sums.sum());
  const auto per_row = at::bincount(at::floor_divide(places, count), {}, count); // [N]
  return {at::cat({at::zeros({1}, at::kLong), per_row.cumsum(0)}), at::remainder(places, count).to(at::kInt), sums.to(at::kFloat)};
}

} // namespace

SparseAffinities tsne_affinities(const at::Tensor& points, double perplexity) {
  const auto k = std::min(points.size(0) - 1, static_cast<std::int64_t>(3 * perplexity + 1));
  const auto nearest = nearest_points(points, k);
  return symmetric(nearest.number, conditional_probabilities(nearest.squared_distance, perplexity));
}

} // namespace cxr
