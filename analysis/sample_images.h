/// @file
/// Images of a set as figures show them.
#pragma once

#include <torch/types.h>

#include <cstdint>

#include "data/image_set.h"

namespace cxr {

/// Image i without padding, uint8 [H,W,3].
at::Tensor rgb_image(const ImageSet& images, std::int64_t i);

/// An image whose sides are at most `limit`: scaled down if they are larger. @param image uint8 [H,W,3]
at::Tensor fitted(const at::Tensor& image, std::int64_t limit);

} // namespace cxr
