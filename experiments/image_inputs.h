/// @file
/// From a batch of a set's images to a network's input, for sets of one size and of several.
#pragma once

#include <functional>

#include "data/image_set.h"
#include "dist/shard_plan.h"

namespace cxr {

/// `prepare` of the batch's images, each without the padding that fits it into the set's frame. Where all images fill the frame,
/// `prepare` sees the whole batch at once; else one image at a time.
/// @param prepare uint8 [n,H,W] or [n,H,W,3] → [n,…] of one shape whatever H and W  @return [batch.count,…]
at::Tensor prepared_inputs(const ImageSet& images, Batch batch, const std::function<at::Tensor(const at::Tensor&)>& prepare);

} // namespace cxr
