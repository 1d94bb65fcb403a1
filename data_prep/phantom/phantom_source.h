/// @file
/// Phantoms as a source of radiographs for prepare().
#pragma once

#include <string>
#include <vector>

#include "data_prep/source.h"

namespace cxr {

struct PhantomOptions {
  std::int64_t n = 1000, first = 0; ///< phantoms first … first + n - 1
  std::uint64_t seed = 0;
  std::int64_t size = 512; ///< pixels a side
  std::vector<std::string>
      findings;          ///< names of CheXpert's labels that every phantom shows; empty: drawn at CheXpert's frequencies
  bool balanced = false; ///< one label a phantom, in turn: those of `findings`, or all 14
};

/// @throws InputError for a name that is no label of CheXpert's
Source phantom_source(const PhantomOptions& options);

} // namespace cxr
