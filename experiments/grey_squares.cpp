#include "experiments/grey_squares.h"

#include "data/resize.h"
#include "experiments/image_inputs.h"
#include "models/model_input.h"

namespace cxr {

std::int64_t shortest_side(const ImageSet& images) {
  auto side = std::min(images.height(), images.width());
  for (std::int64_t i = 0; images.has_sizes() && i < images.size(); ++i) {
    const auto [height, width] = images.image_size(i);
    side = std::min({side, height, width});
  }
  return side;
}

at::Tensor grey_squares(const ImageSet& images, std::span<const std::int64_t> rows, std::int64_t side) {
  return prepared_inputs(images, rows, [&](const at::Tensor& pixels) {
    const auto grey = grey_of(pixels);
    std::vector<at::Tensor> squares;
    for (const auto& image : grey.unbind()) squares.push_back(resize_to_square(image, side, ResizeRule::kCenterCrop));
    return at::stack(squares);
  });
}

} // namespace cxr
