#include "experiments/set_features.h"

#include "core/progress.h"
#include "core/signals.h"
#include "data/prefetch.h"
#include "experiments/gathered_rows.h"
#include "experiments/image_inputs.h"

namespace cxr {

FeaturesByTap set_features(const ImageSet& images, const Rows& rows, FeatureNetwork& network, std::int64_t batch_size,
                           Communicator& ranks) {
  const c10::InferenceMode no_autograd;
  const auto batches = whole_batches(std::ssize(rows), batch_size);
  const auto dealt = deal(batches, ranks.rank(), ranks.size());
  Prefetcher<Batch, at::Tensor> inputs(dealt, [&](const Batch& batch) {
    const c10::InferenceMode none_here_either;
    return prepared_inputs(images, std::span(rows).subspan(batch.begin, batch.count),
                           [&](const at::Tensor& x) { return network.inputs(x); });
  });
  std::map<std::int64_t, std::vector<at::Tensor>> mine;
  Progress progress(fmt::format("features of {}", images.path().filename().string()), "batches", std::ssize(dealt), 0,
                    ranks.is_root());
  for (std::size_t i = 0; i < dealt.size(); ++i) {
    signals::throw_if_received();
    for (auto& [tap, features] : network.features(inputs.next())) mine[tap].push_back(features);
    progress.add(1);
  }
  FeaturesByTap all;
  for (const auto tap : network.taps()) all[tap] = gathered_rows(mine[tap], batches, tap, at::kFloat, ranks);
  return all;
}

} // namespace cxr
