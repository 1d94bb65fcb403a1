#include <cmath>

#include "analysis/figures.h"
#include "analysis/grid_figure.h"
#include "analysis/paper_methods.h"
#include "analysis/prompt_scores.h"
#include "analysis/sample_images.h"
#include "core/log.h"

namespace cxr {
namespace {

// Figure 1 is about two methods, and shows them larger.
constexpr int kImagesInFigure1 = 2, kSideInFigure1 = 200, kImagesInFigure4 = 3, kSideInFigure4 = 120;

/// The first images of each prompt, by their numbers in the run: nobody chose them.
ImageGrid::Row grid_row(const MethodResults& method, std::span<const std::size_t> prompts, int count) {
  const ImageSet images(method.generate);
  ImageGrid::Row row{.label = method.name, .captions = {}, .cells = {}};
  for (const auto p : prompts) {
    const auto& samples = method.prompts[p].samples;
    row.cells.emplace_back();
    for (const auto sample : std::span(samples).first(std::min(samples.size(), static_cast<std::size_t>(count))))
      row.cells.back().push_back(rgb_image(images, sample));
  }
  return row;
}

ImageGrid empty_grid(const Generation& generation, std::span<const std::size_t> prompts, int images, int side) {
  ImageGrid grid{.headings = {}, .rows = {}, .images_per_cell = images, .side = side};
  for (const auto p : prompts) grid.headings.push_back(generation.prompts[p].text);
  return grid;
}

/// Table 5's accuracy; NaN if the method was not classified.
double accuracy_of(const MethodResults& method, const Generation& generation) {
  const auto scores = prompt_scores(method, generation.finding, ScoreKind::kCalibrated);
  return scores ? scores->scored.confusion().accuracy() : std::numeric_limits<double>::quiet_NaN();
}

std::vector<std::string> classification_captions(const MethodResults& method, const Generation& generation) {
  const auto scores = prompt_scores(method, generation.finding, ScoreKind::kCalibrated);
  if (!scores) return {};
  return {fmt::format("accuracy {:.3f}", scores->scored.confusion().accuracy()), fmt::format("AUC {:.3f}", scores->scored.auc())};
}

const MethodResults& original_method(const GenerationResults& results) {
  const auto found = std::find_if(results.methods.begin(), results.methods.end(),
                                  [](const MethodResults& method) { return method.name == kOriginalMethod; });
  return found == results.methods.end() ? results.methods.front() : *found;
}

/// The method, other than `original`, whose images the classifier is most often right about (the paper's 95 %), the first of
/// equals; nullptr if none was classified. Its AUC would do for radiographs, but textures that only differ have one, too.
const MethodResults* best_method(const GenerationResults& results, const MethodResults& original) {
  const MethodResults* best = nullptr;
  for (const auto& method : results.methods) {
    const double accuracy = accuracy_of(method, results.generation);
    if (&method == &original || std::isnan(accuracy)) continue;
    if (!best || accuracy > accuracy_of(*best, results.generation)) best = &method;
  }
  return best;
}

void draw_figure1(const GenerationResults& results, const std::filesystem::path& target) {
  constexpr std::array prompts = {kNegativePrompt, kPositivePrompt};
  auto grid = empty_grid(results.generation, prompts, kImagesInFigure1, kSideInFigure1);
  const auto& original = original_method(results);
  const auto* best = best_method(results, original);
  for (const auto* method : {&original, best}) {
    if (!method) continue;
    grid.rows.push_back(grid_row(*method, prompts, kImagesInFigure1));
    grid.rows.back().captions = classification_captions(*method, results.generation);
  }
  if (!best) log::info("Figure 1 shows {} alone: no other method was classified", original.name);
  draw_grid_figure(grid, target);
}

void draw_figure4(const GenerationResults& results, const std::filesystem::path& target) {
  std::vector<std::size_t> prompts;
  for (std::size_t p = 0; p < results.generation.prompts.size(); ++p) {
    const bool has_images = std::any_of(results.methods.begin(), results.methods.end(),
                                        [&](const auto& method) { return !method.prompts[p].samples.empty(); });
    if (has_images) prompts.push_back(p);
  }
  auto grid = empty_grid(results.generation, prompts, kImagesInFigure4, kSideInFigure4);
  for (const auto& method : results.methods) {
    grid.rows.push_back(grid_row(method, prompts, kImagesInFigure4));
    grid.rows.back().captions = classification_captions(method, results.generation);
  }
  draw_grid_figure(grid, target);
}

} // namespace

void draw_generation_figures(const GenerationResults& results, const std::filesystem::path& figures) {
  draw_figure1(results, figures / "figure1-original-and-best");
  draw_figure4(results, figures / "figure4-methods");
  log::info("Figures 1 and 4 are in {} (PNG and SVG)", figures.string());
}

} // namespace cxr
