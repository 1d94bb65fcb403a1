#include "experiments/image_inputs.h"

namespace cxr {

at::Tensor prepared_inputs(const ImageSet& images, Batch batch, const std::function<at::Tensor(const at::Tensor&)>& prepare) {
  const auto pixels = images.images(batch.begin, batch.count);
  if (!images.has_sizes()) return prepare(pixels);
  std::vector<at::Tensor> rows;
  for (std::int64_t i = 0; i < batch.count; ++i) {
    const auto [height, width] = images.image_size(batch.begin + i);
    rows.push_back(prepare(pixels.slice(0, i, i + 1).slice(1, 0, height).slice(2, 0, width)));
  }
  return at::cat(rows);
}

} // namespace cxr
