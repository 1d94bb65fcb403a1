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

at::Tensor prepared_inputs(const ImageSet& images, std::span<const std::int64_t> rows,
                           const std::function<at::Tensor(const at::Tensor&)>& prepare) {
  const bool in_order = rows.back() - rows.front() == std::ssize(rows) - 1 && std::is_sorted(rows.begin(), rows.end());
  if (in_order) return prepared_inputs(images, Batch{rows.front(), std::ssize(rows)}, prepare);
  std::vector<at::Tensor> inputs;
  for (const auto row : rows) inputs.push_back(prepared_inputs(images, Batch{row, 1}, prepare));
  return at::cat(inputs);
}

std::int64_t autoencoder_batch_size(std::int64_t height, std::int64_t width) {
  return std::clamp<std::int64_t>(std::int64_t{512} * 512 / (height * width), 1, 16);
}

} // namespace cxr
