#include "analysis/sample_images.h"

#include "data/resize.h"

namespace cxr {

at::Tensor rgb_image(const ImageSet& images, std::int64_t i) {
  const auto [height, width] = images.image_size(i);
  const auto image = images.images(i, 1)[0].slice(0, 0, height).slice(1, 0, width); // [H,W] or [H,W,3]
  return image.dim() == 3 ? image : image.unsqueeze(2).expand({height, width, 3});
}

at::Tensor fitted(const at::Tensor& image, std::int64_t limit) {
  if (std::max(image.size(0), image.size(1)) <= limit) return image;
  std::vector<at::Tensor> channels;
  for (const auto& channel : image.unbind(2)) channels.push_back(limit_side(channel.contiguous(), limit));
  return at::stack(channels, 2);
}

} // namespace cxr
