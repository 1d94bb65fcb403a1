/// @file
/// What the runs of an arm found, sample by sample.
#pragma once

#include <torch/types.h>

#include <map>
#include <string>
#include <vector>

#include "analysis/classifier_scores.h"
#include "analysis/study.h"

namespace cxr {

struct ArmResults {
  std::int64_t samples = 0;
  at::Tensor labels; ///< int8 [N,14], data/image_set.h
  /// Per pair: "rmse", "psnr", "ssim" (8-bit grey), "rmse_paper", "psnr_paper" (metrics/image_quality.h), and "cosine", of the
  /// classifier's features of original and reconstruction.
  std::map<std::string, std::vector<double>> quality;
  ClassifierScores original, reconstruction;
};

/// @throws InputError if a run is not merged, holds other samples than the image set, or lacks a dataset
ArmResults read_arm_results(const Arm& arm);

} // namespace cxr
