/// @file
/// The latents of images by a frozen autoencoder: computed once, by all ranks, and kept in HDF5 under the digest of what made them.
#pragma once

#include <torch/types.h>

#include <filesystem>
#include <memory>
#include <span>
#include <vector>

#include "data/image_set.h"
#include "dist/communicator.h"
#include "models/pretrained.h"
#include "training/objective.h"

namespace cxr {

/// Where latents come from, and where they are kept.
struct LatentSource {
  std::filesystem::path model;    ///< Stable Diffusion folder (its vae/), or a vae folder
  std::filesystem::path images;   ///< image set, or a merged run that is one
  std::vector<std::int64_t> rows; ///< which images of it, in the order of the training's samples
  std::filesystem::path cache;    ///< folder that holds one run a set of latents; empty: encode anew at every draw
  std::int64_t size = 0;          ///< side in pixels that images are resized to (Pillow's bilinear way); 0: as they are
  std::string digest;             ///< images_digest() of images and rows
};

class LatentCache {
 public:
  /// Collective: what the cache lacks is encoded, dealt to the ranks. The autoencoder is freed afterwards unless it is needed anew.
  /// @throws InputError for images whose size is no multiple of the autoencoder's factor
  LatentCache(const LatentSource& source, const LoadOptions& options, Communicator& ranks);
  ~LatentCache();
  LatentCache(LatentCache&&) noexcept;

  /// [C,h,w] of one image's.
  const std::vector<std::int64_t>& shape() const;
  std::int64_t size() const;
  /// A sample of each draw's posterior, keyed by (seed, draw.number), with the scaling factor.
  /// @param draws whose `sample` counts in `rows`  @return float32 [n,C,h,w] on the device
  at::Tensor latents(std::span<const Draw> draws, std::uint64_t seed) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

} // namespace cxr
