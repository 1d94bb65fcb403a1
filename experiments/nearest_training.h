/// @file
/// Which training image each generated image comes nearest to, and how near training images come to each other: whether a model has
/// learnt its training images by heart.
#pragma once

#include <functional>

#include "dist/communicator.h"
#include "dist/shard_plan.h"
#include "metrics/nearest.h"

namespace cxr {

/// Training images as vectors. @return [batch.count,D], uint8 or of a floating type
using VectorsOf = std::function<at::Tensor(const Batch&)>;

struct NearestTraining {
  std::vector<Nearest> nearest; ///< of each generated image, among the training images
  std::vector<Nearest> between; ///< of that training image, among the other training images
};

/// Two passes over the training images, dealt to the ranks. Collective; the same for any number of ranks.
/// @param generated [n,D]  @param count of training images, at least 2  @param batch_size how many `training` gives at once
NearestTraining nearest_training(const at::Tensor& generated, std::int64_t count, std::int64_t batch_size,
                                 const VectorsOf& training, Communicator& ranks);

} // namespace cxr
