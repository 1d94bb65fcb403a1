/// @file
/// How far a generated set's features are from a real set's, by every measure of `cxr fid`.
#pragma once

#include <torch/types.h>

#include <string>

#include <nlohmann/json_fwd.hpp>

namespace cxr {

struct DistributionOptions {
  std::int64_t batch = 32;      ///< images a batch in the Fréchet distances by batch
  std::int64_t neighbours = 3;  ///< of precision and recall
  std::int64_t subsets = 100;   ///< of the kernel distance
  std::int64_t subset_size = 0; ///< 0: 1000, or half of the smaller set if that is fewer
  std::uint64_t seed = 0;       ///< of the subsets
  bool intervals = true;        ///< of the Fréchet distance; the others' cost nothing
};

/// @throws InputError (`where`: the set) for fewer than three images, or no more than the neighbours
void require_enough_images(const std::string& where, std::int64_t images, const DistributionOptions& options);

/// The subsets' size for sets of so many images. @throws InputError if they are smaller than a subset
std::int64_t kernel_subset_size(std::int64_t real, std::int64_t fake, const DistributionOptions& options);

/// Adds one tap's measures to the JSON object of `cxr fid` (fid.cpp). @param real,fake float32 [n,tap]
void add_distribution_measures(nlohmann::json& result, const at::Tensor& real, const at::Tensor& fake,
                               const DistributionOptions& options);

} // namespace cxr
