/// @file
/// From a batch of a set's images to a network's input, for sets of one size and of several.
#pragma once

#include <functional>
#include <span>

#include "data/image_set.h"
#include "dist/shard_plan.h"

namespace cxr {

/// `prepare` of the batch's images, each without the padding that fits it into the set's frame. Where all images fill the frame,
/// `prepare` sees the whole batch at once; else one image at a time.
/// @param prepare uint8 [n,H,W] or [n,H,W,3] → [n,…] of one shape whatever H and W  @return [batch.count,…]
at::Tensor prepared_inputs(const ImageSet& images, Batch batch, const std::function<at::Tensor(const at::Tensor&)>& prepare);
/// The same of any images of the set. @param rows their numbers, at least one  @return [rows.size(),…]
at::Tensor prepared_inputs(const ImageSet& images, std::span<const std::int64_t> rows,
                           const std::function<at::Tensor(const at::Tensor&)>& prepare);

/// How many images make up the autoencoder's work on one of 512²: small images in batches, large ones by themselves. 1 to 16.
std::int64_t autoencoder_batch_size(std::int64_t height, std::int64_t width);

} // namespace cxr
