#include "training/sample_order.h"

#include <numeric>

#include "core/error.h"
#include "core/rng.h"

namespace cxr {

SampleOrder::SampleOrder(std::int64_t samples, std::int64_t batch_size, std::uint64_t seed)
    : samples_(samples), batch_size_(batch_size), seed_(seed) {
  expects(samples >= 1 && batch_size >= 1, "SampleOrder: {} samples in batches of {}", samples, batch_size);
}

std::vector<Draw> SampleOrder::draws(std::int64_t step, int rank, int ranks) {
  const auto begin = step * batch_size_ + batch_size_ * rank / ranks;
  const auto end = step * batch_size_ + batch_size_ * (rank + 1) / ranks;
  std::vector<Draw> part;
  part.reserve(static_cast<std::size_t>(end - begin));
  for (auto number = begin; number < end; ++number) {
    const auto& epoch = permutation(number / samples_);
    part.push_back({.number = number, .sample = epoch[static_cast<std::size_t>(number % samples_)], .step = step});
  }
  return part;
}

const std::vector<std::int64_t>& SampleOrder::permutation(std::int64_t epoch) {
  if (epoch == epoch_) return permutation_;
  permutation_.resize(static_cast<std::size_t>(samples_));
  std::iota(permutation_.begin(), permutation_.end(), 0);
  rng::Generator random(seed_, rng::Stream::kSampleOrder, static_cast<std::uint64_t>(epoch));
  for (auto left = permutation_.size(); left > 1; --left) std::swap(permutation_[left - 1], permutation_[random.below(left)]);
  epoch_ = epoch;
  return permutation_;
}

} // namespace cxr
