/// @file
/// What conditions the U-Net for each of a training's captions, by a frozen text encoder: computed once, by all ranks, and kept in
/// HDF5 under the digest of what made it.
#pragma once

#include <torch/types.h>

#include <filesystem>
#include <memory>
#include <set>
#include <span>
#include <string>

#include "dist/communicator.h"
#include "experiments/prompt_conditions.h"

namespace cxr {

/// Whose conditions, and where they are kept.
struct ConditionSource {
  ConditionSources encoder;
  std::filesystem::path unet;  ///< folder of the U-Net that they condition
  std::filesystem::path cache; ///< folder that holds one run a set of conditions; empty: they are kept in memory, or made anew
};

class ConditionCache {
 public:
  /// Collective: what the cache lacks is encoded, dealt to the ranks. The encoder is freed afterwards unless it is needed anew.
  /// @throws InputError for an encoder of another width than the U-Net's cross attention
  ConditionCache(const ConditionSource& source, const std::set<std::string>& captions, const LoadOptions& options,
                 Communicator& ranks);
  ~ConditionCache();
  ConditionCache(ConditionCache&&) noexcept;

  /// @param captions among those that were told before  @return [n,S,D] on the device, in `dtype`
  at::Tensor operator()(std::span<const std::string> captions, at::ScalarType dtype) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

} // namespace cxr
