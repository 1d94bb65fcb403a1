/// @file
/// How good the reconstructions of an arm are as images: the numbers of the paper's section 3.1, and Fréchet distances.
#pragma once

#include <filesystem>

#include "analysis/arm_results.h"
#include "analysis/compare_with_paper.h"
#include "analysis/table.h"

namespace cxr {

/// A column of ArmResults::quality as people and the paper call it.
struct QualityMetric {
  const char* key;       ///< in ArmResults::quality
  const char* label;     ///< with its unit
  const char* published; ///< in published.json; empty where the paper's value is on another scale
  int decimals;
};

/// The metrics of the paper first, then those on the 8-bit scale.
inline constexpr std::array<QualityMetric, 6> kQualityMetrics = {{{"rmse_paper", "RMSE (paper's scale)", "rmse", 1},
                                                                  {"psnr_paper", "PSNR (paper's scale), dB", "psnr", 1},
                                                                  {"ssim", "SSIM", "ssim", 3},
                                                                  {"cosine", "Cosine of DenseNet features", "densenet_cosine", 3},
                                                                  {"rmse", "RMSE (8-bit), grey levels", "", 2},
                                                                  {"psnr", "PSNR (8-bit), dB", "", 1}}};

/// Mean, standard deviation, median, smallest and largest value of each metric over the pairs.
Table quality_table(const Arm& arm, const ArmResults& results, const Published& published, const BootstrapOptions& options);

/// Fréchet inception distances from what `cxr fid --json` printed: over the whole set, and mean and standard deviation over
/// batches, with a note where the Inception weights were random. @throws InputError for a file that is something else
Table fid_table(const Arm& arm, const BootstrapOptions& options);

} // namespace cxr
