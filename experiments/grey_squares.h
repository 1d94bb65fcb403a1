/// @file
/// Images of any set as 8-bit grey squares of one size, to be compared pixel by pixel.
#pragma once

#include <span>

#include "data/image_set.h"

namespace cxr {

/// The longest side that fits into every image of a set: the shortest side of any.
std::int64_t shortest_side(const ImageSet& images);

/// The central square of each image, resized as `cxr prep` does (data/resize.h). @param rows numbers of images, at least one
/// @return uint8 [rows.size(),side,side]
at::Tensor grey_squares(const ImageSet& images, std::span<const std::int64_t> rows, std::int64_t side);

} // namespace cxr
