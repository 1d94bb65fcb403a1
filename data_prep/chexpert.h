/// @file
/// CheXpert v1.0 (Irvin et al. 2019), full size or -small, as its mirrors unpack it.
#pragma once

#include "data_prep/source.h"

namespace cxr {

struct CheXpertOptions {
  std::filesystem::path root;
  std::filesystem::path csv;   ///< empty: SPLIT.csv in the root, or in one of its folders `CheXpert-v1.0*`
  std::string split = "train"; ///< train or valid
  std::string view = "frontal";
};

/// The images of the CSV whose view is asked for. The CSV's paths begin with a release's name that folders on disk may lack, and
/// the full release spreads patients over folders `CheXpert-v1.0 batch …`: a file is looked for by the part after `train/` or
/// `valid/`.
/// @throws InputError (file:line, column)
Source chexpert_source(const CheXpertOptions& options);

} // namespace cxr
