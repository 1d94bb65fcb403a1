#include "metrics/tsne.h"

#include <ATen/Parallel.h>

#include "core/error.h"
#include "core/rng.h"
#include "metrics/tsne_forces.h"

namespace cxr {
namespace {

// scikit-learn's sklearn/manifold/_t_sne.py.
constexpr double kExaggeration = 12, kMinGain = 0.01, kMinGradientNorm = 1e-7, kSpread = 1e-4;
constexpr std::int64_t kExaggerated = 250, kCheckEvery = 50, kPatience = 300;

/// One thread within its life: LAPACK's results depend on how many work on them.
class OneThread {
 public:
  OneThread() { at::set_num_threads(1); }
  ~OneThread() { at::set_num_threads(threads_); }
  OneThread(const OneThread&) = delete;
  OneThread& operator=(const OneThread&) = delete;

 private:
  int threads_ = at::get_num_threads();
};

/// The two principal components, each axis turned so that its largest weight is positive. @param points float64 [N,D]
at::Tensor principal_components(const at::Tensor& points) {
  const OneThread reproducible;
  const auto centred = points - points.mean(0, true);
  const auto axes = std::get<1>(at::linalg_eigh(centred.t().matmul(centred))); // [D,D], ascending
  auto components = at::zeros({2, points.size(0)}, at::kDouble);
  for (std::int64_t i = 0; i < std::min<std::int64_t>(2, axes.size(1)); ++i) {
    const auto axis = axes.select(1, axes.size(1) - 1 - i); // [D]
    components[i].copy_(centred.mv(axis * axis[axis.abs().argmax()].sign()));
  }
  return components;
}

/// The principal components so scaled that the first has the spread kSpread. @return float64 [2,N]
at::Tensor scaled_components(const at::Tensor& points) {
  const auto components = principal_components(points); // [2,N]
  const auto spread = components[0].std(0, false);
  return spread.item<double>() > 0 ? components * (kSpread / spread) : components;
}

/// @param number of the start  @return float32 [2,N]
at::Tensor with_noise(const at::Tensor& start, std::uint64_t seed, std::int64_t number) {
  auto noise = at::empty(start.sizes(), at::kFloat);
  rng::fill_normal({noise.mutable_data_ptr<float>(), static_cast<std::size_t>(noise.numel())}, seed, rng::Stream::kTsne,
                   static_cast<std::uint64_t>(number));
  return start.to(at::kFloat) + noise * (kSpread / 100);
}

/// Gradient descent with momentum and a gain for each coordinate, which grows while the gradient keeps its direction.
class Descent {
 public:
  /// @param start float32 [2,N], on the device of the affinities
  Descent(const SparseAffinities& affinities, at::Tensor start)
      : affinities_(affinities),
        layout_(std::move(start)),
        update_(at::zeros_like(layout_)),
        gains_(at::ones_like(layout_)),
        learning_rate_(std::max(static_cast<double>(layout_.size(1)) / kExaggeration / 4, 50.0)) {}

  /// Goes on until `iterations` in all, or until nothing moves. @param momentum share of a step that the next one keeps
  void run(std::int64_t iterations, double exaggeration, double momentum) {
    double best = std::numeric_limits<double>::infinity();
    auto best_iteration = done_;
    while (done_ < iterations) {
      const auto repulsion = tsne_repulsion(layout_);
      const auto attraction = tsne_attraction(affinities_, layout_);
      const bool check = (done_ + 1) % kCheckEvery == 0 || done_ + 1 == iterations;
      if (check) kl_divergence_ = tsne_kl_divergence(affinities_, layout_, repulsion.total);
      const auto gained = step(4 * (attraction * exaggeration - repulsion.force / repulsion.total.to(at::kFloat)), momentum);
      ++done_;
      if (!check) continue;
      if (kl_divergence_ < best) {
        best = kl_divergence_;
        best_iteration = done_;
      }
      if (done_ - best_iteration > kPatience || gained.norm().item<double>() <= kMinGradientNorm) return;
    }
  }

  TsneLayout result() const { return {layout_.t().contiguous().to(at::kCPU), kl_divergence_, done_}; }

 private:
  /// @return the gradient times its gains
  at::Tensor step(const at::Tensor& gradient, double momentum) {
    gains_ = at::where(update_ * gradient < 0, gains_ + 0.2, gains_ * 0.8).clamp_min_(kMinGain);
    auto gained = gradient * gains_;
    update_.mul_(momentum).sub_(gained, learning_rate_);
    layout_.add_(update_);
    return gained;
  }

  const SparseAffinities& affinities_;
  at::Tensor layout_, update_, gains_; ///< float32 [2,N]
  double learning_rate_, kl_divergence_ = 0;
  std::int64_t done_ = 0;
};

} // namespace

TsneLayout tsne(const at::Tensor& points, const TsneOptions& options) {
  expects(points.dim() == 2 && at::isFloatingType(points.scalar_type()), "t-SNE: points are [N,D]");
  expects(options.perplexity > 0 && options.iterations > 0 && options.starts > 0, "t-SNE: perplexity, iterations, starts > 0");
  const auto count = points.size(0);
  if (static_cast<double>(count) <= options.perplexity) {
    throw InputError("t-SNE", "perplexity", fmt::format("less than the number of points, {}", count),
                     fmt::format("{}", options.perplexity));
  }
  const c10::InferenceMode no_autograd;
  const auto x = points.to(at::kCPU, at::kDouble).contiguous(); // [N,D]
  if (!at::isfinite(x).all().item<bool>()) throw InputError("t-SNE", "points", "finite numbers", "NaN or infinity");
  auto affinities = tsne_affinities(x, options.perplexity);
  for (auto* part : {&affinities.row_begin, &affinities.column, &affinities.value}) *part = part->to(points.device());
  const auto start = scaled_components(x);
  std::optional<TsneLayout> best;
  for (std::int64_t number = 0; number < options.starts; ++number) {
    Descent descent(affinities, with_noise(start, options.seed, number).to(points.device()));
    descent.run(std::min(kExaggerated, options.iterations), kExaggeration, 0.5);
    descent.run(options.iterations, 1, 0.8);
    auto layout = descent.result();
    if (!best || layout.kl_divergence < best->kl_divergence) best = std::move(layout);
  }
  return *best;
}

} // namespace cxr
