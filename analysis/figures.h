/// @file
/// Figure 3 of the paper: distributions of the quality metrics, and an original beside its reconstruction.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "analysis/arm_results.h"
#include "analysis/compare_with_paper.h"

namespace cxr {

/// An arm with what its runs found.
struct ArmFigures {
  Arm arm;
  ArmResults results;
};

/// One histogram a metric (analysis/quality_table.h: kQualityMetrics), the arms in colours, with the published mean ± SD of
/// the arms' data sets above those on a scale that compares. Writes `target`.png and .svg.
void draw_quality_figure(const std::vector<ArmFigures>& arms, const Published& published, const std::filesystem::path& target);

/// Rows: the pairs with the largest, the median and the smallest SSIM of an arm. Columns: original, reconstruction, and their
/// difference in grey levels. Writes `target`.png and .svg.
void draw_pair_figure(const ArmFigures& arm, const std::filesystem::path& target);

} // namespace cxr
