#include "experiments/pair_similarity.h"

#include <ATen/Parallel.h>

#include "core/error.h"
#include "core/progress.h"
#include "core/rng.h"
#include "core/signals.h"
#include "experiments/gathered_rows.h"
#include "metrics/jackknife.h"
#include "metrics/ms_ssim.h"
#include "metrics/summary.h"

namespace cxr {
namespace {

struct Pair {
  std::int64_t first, second;
};

/// Pair number p of those of n images, in the order (0,1), (0,2), …, (n-2,n-1).
std::vector<Pair> chosen_pairs(std::int64_t n, std::int64_t limit, std::uint64_t seed) {
  const auto numbers = rng::sample_without_replacement(n * (n - 1) / 2, limit, seed, rng::Stream::kSampling);
  std::vector<Pair> pairs;
  std::int64_t first = 0, begin = 0; // the number of (first, first + 1)
  for (const auto number : numbers) {
    while (number >= begin + n - 1 - first) begin += n - 1 - first++;
    pairs.push_back({first, first + 1 + number - begin});
  }
  return pairs;
}

/// Pairs in the order of tiles of 8 × 8 images: a batch of them then needs few images' pyramids.
void order_by_tiles(std::vector<Pair>& pairs) {
  constexpr std::int64_t kTile = 8;
  std::stable_sort(pairs.begin(), pairs.end(), [](const Pair& a, const Pair& b) {
    return std::pair(a.first / kTile, a.second / kTile) < std::pair(b.first / kTile, b.second / kTile);
  });
}

/// MS-SSIM of each pair, float64 [pairs.size(),1].
at::Tensor similarities(const at::Tensor& images, std::span<const Pair> pairs, std::int64_t scales) {
  std::map<std::int64_t, std::unique_ptr<SsimPyramid>> pyramids;
  for (const auto& pair : pairs) {
    for (const auto image : {pair.first, pair.second}) pyramids.try_emplace(image);
  }
  std::vector<std::int64_t> needed;
  for (const auto& [image, none_yet] : pyramids) needed.push_back(image);
  at::parallel_for(0, std::ssize(needed), 1, [&](std::int64_t begin, std::int64_t end) {
    for (auto i = begin; i < end; ++i) {
      pyramids.at(needed[i]) = std::make_unique<SsimPyramid>(images[needed[i]], scales);
    }
  });
  const auto values = at::empty({std::ssize(pairs), 1}, at::kDouble);
  auto* value = values.mutable_data_ptr<double>();
  at::parallel_for(0, std::ssize(pairs), 1, [&](std::int64_t begin, std::int64_t end) {
    for (auto p = begin; p < end; ++p) value[p] = ms_ssim(*pyramids.at(pairs[p].first), *pyramids.at(pairs[p].second));
  });
  return values;
}

at::Tensor similarities_over_ranks(const at::Tensor& images, const std::vector<Pair>& pairs, std::int64_t scales,
                                   Communicator& ranks) {
  constexpr std::int64_t kPairsAtOnce = 32;
  const auto batches = whole_batches(std::ssize(pairs), kPairsAtOnce);
  const auto dealt = deal(batches, ranks.rank(), ranks.size());
  std::vector<at::Tensor> mine;
  Progress progress("similarity", "batches of pairs", std::ssize(dealt), 0, ranks.is_root());
  for (const auto& batch : dealt) {
    signals::throw_if_received();
    mine.push_back(similarities(images, std::span(pairs).subspan(batch.begin, batch.count), scales));
    progress.add(1);
  }
  return gathered_rows(mine, batches, 1, at::kDouble, ranks);
}

/// Means over the pairs without each image.
std::vector<double> means_without(std::span<const double> values, const std::vector<Pair>& pairs, std::int64_t images) {
  std::vector<double> sums(images, 0);
  std::vector<std::int64_t> counts(images, 0);
  double total = 0;
  for (std::size_t p = 0; p < pairs.size(); ++p) {
    total += values[p];
    for (const auto image : {pairs[p].first, pairs[p].second}) sums[image] += values[p], ++counts[image];
  }
  std::vector<double> means;
  for (std::int64_t i = 0; i < images; ++i) {
    means.push_back((total - sums[i]) / static_cast<double>(std::ssize(pairs) - counts[i]));
  }
  return means;
}

} // namespace

PairSimilarity pair_similarity(const at::Tensor& images, std::int64_t limit, std::uint64_t seed, Communicator& ranks) {
  const auto n = images.size(0), scales = ms_ssim_scales(images.size(1), images.size(2));
  if (n < 3) throw InputError("MS-SSIM", "number of images", "at least 3", fmt::format("{}", n));
  if (scales == 0) {
    throw InputError("MS-SSIM", "side of the images", fmt::format("at least {} pixels, one window", kMsSsimWindow),
                     fmt::format("{}", images.size(1)));
  }
  auto pairs = chosen_pairs(n, limit, seed);
  order_by_tiles(pairs);
  const auto values = similarities_over_ranks(images, pairs, scales, ranks);
  const std::span<const double> of_pairs(values.const_data_ptr<double>(), pairs.size());
  const auto summary = summarise(of_pairs);
  return {summary.mean, summary.sd, jackknife_interval(summary.mean, {means_without(of_pairs, pairs, n)}), std::ssize(pairs),
          scales};
}

} // namespace cxr
