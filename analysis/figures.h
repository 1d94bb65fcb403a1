/// @file
/// Figures 1, 3, 4 and 6 to 8 of the paper: distributions of the quality metrics, an original beside its reconstruction, how
/// embeddings of reports lie, and what methods generate.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "analysis/arm_results.h"
#include "analysis/compare_with_paper.h"
#include "analysis/generation_results.h"
#include "metrics/tsne.h"

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

/// A t-SNE layout, a point a report in the colour of its class: the colours that the paper's appendix B names.
/// @param title above the points, `caption` small below them  @param classes of each point, by its number in kCheXpertLabels
/// Writes `target`.png and .svg.
void draw_tsne_figure(const std::string& title, const std::string& caption, const TsneLayout& layout,
                      std::span<const std::int8_t> classes, const std::filesystem::path& target);

/// Figure 4, every method, and Figure 1, the original beside the best one: the first images of each prompt by their numbers. The
/// original is the method of that name in the paper ("Stable Diffusion"), or the study's first; the best is, of the others, the one
/// with the largest accuracy of Table 5. Writes figure1-original-and-best and figure4-methods, .png and .svg, into `figures`.
/// @throws InputError if a run has no images
void draw_generation_figures(const GenerationResults& results, const std::filesystem::path& figures);

/// What stands for a label in draw_tsne_figure(), "#rrggbb". @param label its number in kCheXpertLabels
std::string label_colour(std::size_t label);

} // namespace cxr
