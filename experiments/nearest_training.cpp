#include "experiments/nearest_training.h"

#include "core/progress.h"
#include "core/signals.h"
#include "data/prefetch.h"
#include "experiments/gathered_rows.h"

namespace cxr {
namespace {

/// Each rank's answers as [n,2] (number, squared distance), merged.
void merge_over_ranks(NearestSearch& search, Communicator& ranks) {
  const auto n = std::ssize(search.found());
  const auto mine = at::empty({n, 2}, at::kDouble); // numbers are far below 2^53
  auto answers = mine.accessor<double, 2>();
  for (std::int64_t i = 0; i < n; ++i) {
    answers[i][0] = static_cast<double>(search.found()[i].number);
    answers[i][1] = search.found()[i].squared;
  }
  const std::vector<Batch> one_a_rank = whole_batches(n * ranks.size(), n);
  const auto all = gathered_rows({mine}, one_a_rank, 2, at::kDouble, ranks).view({ranks.size(), n, 2});
  const auto of_ranks = all.accessor<double, 3>();
  for (std::int64_t rank = 0; rank < ranks.size(); ++rank) {
    std::vector<Nearest> found;
    for (std::int64_t i = 0; i < n; ++i) {
      found.push_back({static_cast<std::int64_t>(of_ranks[rank][i][0]), of_ranks[rank][i][1]});
    }
    search.merge(found);
  }
}

std::vector<Nearest> searched(NearestSearch search, const std::vector<Batch>& batches, const VectorsOf& training, const char* what,
                              Communicator& ranks) {
  const auto dealt = deal(batches, ranks.rank(), ranks.size());
  Prefetcher<Batch, at::Tensor> vectors(dealt, training);
  Progress progress(what, "batches", std::ssize(dealt), 0, ranks.is_root());
  for (const auto& batch : dealt) {
    signals::throw_if_received();
    search.offer(vectors.next(), batch.begin);
    progress.add(1);
  }
  merge_over_ranks(search, ranks);
  return search.found();
}

} // namespace

NearestTraining nearest_training(const at::Tensor& generated, std::int64_t count, std::int64_t batch_size,
                                 const VectorsOf& training, Communicator& ranks) {
  const auto batches = whole_batches(count, batch_size);
  NearestTraining result;
  result.nearest = searched(NearestSearch(generated), batches, training, "nearest training images", ranks);
  std::vector<at::Tensor> theirs;
  std::vector<std::int64_t> numbers;
  for (const auto& nearest : result.nearest) {
    numbers.push_back(nearest.number);
    theirs.push_back(training(Batch{nearest.number, 1}));
  }
  result.between = searched(NearestSearch(at::cat(theirs), numbers), batches, training, "training images' own nearest", ranks);
  return result;
}

} // namespace cxr
