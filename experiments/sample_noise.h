/// @file
/// Standard normal noise of samples, the same on any number of ranks and any device.
#pragma once

#include <torch/types.h>

#include <filesystem>
#include <optional>

#include "core/rng.h"
#include "dist/shard_plan.h"
#include "io/hdf5.h"

namespace cxr {

/// Noise for each of the batch's samples, drawn on the host and keyed by the sample's number, and by `step` where a sample needs
/// some more than once. @param shape of one sample's  @param step below 2²⁴  @return float32 [batch.count, shape…]
at::Tensor sample_noise(Batch batch, at::IntArrayRef shape, std::uint64_t seed, rng::Stream stream, std::size_t step = 0);

/// What a diffusion sampler starts from: drawn, or a file's.
class StartingNoise {
 public:
  /// @param shape of one sample's latents, [C,h,w]
  /// @param file /latents float32 [samples,C,h,w] in an HDF5 file, or in the results of a run's folder; empty: drawn
  /// @throws InputError (file, field, expected, found)
  StartingNoise(std::vector<std::int64_t> shape, std::int64_t samples, std::uint64_t seed, const std::filesystem::path& file);

  const std::vector<std::int64_t>& shape() const { return shape_; }
  /// The file that is read, if any.
  std::optional<std::filesystem::path> path() const;
  /// @return float32 [batch.count,C,h,w]  @throws InputError where a number of the file's is not finite
  at::Tensor operator()(Batch batch) const;

 private:
  std::vector<std::int64_t> shape_;
  std::uint64_t seed_;
  std::optional<hdf5::File> file_;
};

} // namespace cxr
