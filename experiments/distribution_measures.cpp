#include "experiments/distribution_measures.h"

#include <cmath>

#include "core/error.h"
#include "experiments/interval_json.h"
#include "metrics/frechet_interval.h"
#include "metrics/kernel_distance.h"
#include "metrics/manifold.h"
#include "metrics/proportion.h"
#include "metrics/summary.h"

namespace cxr {
namespace {

/// Distances of consecutive batches of `size` images; a shorter last one is left out.
std::vector<double> batch_distances(const at::Tensor& real, const at::Tensor& fake, std::int64_t size) {
  std::vector<double> distances;
  for (std::int64_t begin = 0; begin + size <= std::min(real.size(0), fake.size(0)); begin += size) {
    distances.push_back(frechet_distance(real.slice(0, begin, begin + size), fake.slice(0, begin, begin + size)));
  }
  return distances;
}

nlohmann::json kernel_measures(const at::Tensor& real, const at::Tensor& fake, const DistributionOptions& options) {
  const KernelSubsets subsets{options.subsets, kernel_subset_size(real.size(0), fake.size(0), options), options.seed};
  const auto of_subsets = summarise(subset_kernel_distances(real, fake, subsets));
  const double count = static_cast<double>(of_subsets.count);
  const double sd = of_subsets.count > 1 ? of_subsets.sd * std::sqrt((count - 1) / count) : 0; // as numpy.std, which is published
  return {{"mean", of_subsets.mean},
          {"sd", sd},
          {"all", kernel_distance(real, fake)},
          {"interval", interval_json(kernel_distance_interval(real, fake))}};
}

void add_share(nlohmann::json& result, const std::string& name, const std::string& tap, const at::Tensor& inside) {
  const auto hits = inside.sum().item<std::int64_t>(), count = inside.size(0);
  result[name][tap] = static_cast<double>(hits) / static_cast<double>(count);
  result[name + "_interval"][tap] = interval_json(wilson_interval(hits, count));
}

} // namespace

void require_enough_images(const std::string& where, std::int64_t images, const DistributionOptions& options) {
  const auto least = std::max<std::int64_t>(options.neighbours + 1, 3);
  if (images >= least) return;
  throw InputError(where, "images", fmt::format("at least {} (--neighbours {})", least, options.neighbours),
                   fmt::format("{}", images));
}

std::int64_t kernel_subset_size(std::int64_t real, std::int64_t fake, const DistributionOptions& options) {
  const auto smaller = std::min(real, fake);
  if (options.subset_size == 0) return std::clamp<std::int64_t>(smaller / 2, 2, 1000);
  if (options.subset_size > smaller) {
    throw InputError("--kid-subset-size", "", fmt::format("at most {}, the images of the smaller set", smaller),
                     fmt::format("{}", options.subset_size));
  }
  return options.subset_size;
}

void add_distribution_measures(nlohmann::json& result, const at::Tensor& real, const at::Tensor& fake,
                               const DistributionOptions& options) {
  const auto tap = fmt::format("{}", real.size(1));
  result["fid"][tap] = frechet_distance(real, fake);
  result["fid_batches"][tap] = batch_distances(real, fake, options.batch);
  if (options.intervals) result["fid_interval"][tap] = interval_json(frechet_interval(real, fake));
  result["kid"][tap] = kernel_measures(real, fake, options);
  add_share(result, "precision", tap, in_manifold(fake, real, options.neighbours));
  add_share(result, "recall", tap, in_manifold(real, fake, options.neighbours));
}

} // namespace cxr
