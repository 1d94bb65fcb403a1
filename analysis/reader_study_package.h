/// @file
/// What a reader gets: pairs of original and reconstruction to be scored from 1 to 5, as the paper's radiologist scored 100 of them
/// (Chambon et al. 2022, sections 2.2 and 3.1).
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "analysis/reader_study_key.h"

namespace cxr {

struct ReaderStudyOptions {
  std::filesystem::path images, reconstructions; ///< an image set, and a run of `cxr reconstruct` on it
  std::int64_t pairs = 100;
  std::int64_t max_side = 768; ///< pixels; larger images are scaled down, with their aspect
  std::uint64_t seed = 0;      ///< which pairs, in which order, on which sides
  bool hide_sides = false;     ///< whether the reader is not told which image is the original
};

struct ReaderStudyPackage {
  ReaderStudyKey key;
  std::string page; ///< HTML: one file that needs no other. Images are PNG, some 0.3 MB each at 768²
};

/// Draws the pairs and makes their page. Equal input makes equal bytes. The page knows cases by their numbers alone: no ids, no
/// reports, no labels, no names of files.
/// @throws InputError if the run is not of these images, or has fewer of them
ReaderStudyPackage make_reader_study(const ReaderStudyOptions& options);

} // namespace cxr
