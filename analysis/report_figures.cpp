#include "analysis/report_figures.h"

#include "analysis/html.h"
#include "io/mapped_file.h"

namespace cxr {
namespace {

namespace fs = std::filesystem;

/// A kind of figure, by how its file's name begins.
struct FigureKind {
  std::string_view begins;
  const char* caption;
  bool has_images; ///< pixels of radiographs
};

constexpr std::array<FigureKind, 8> kFigureKinds = {
    {{"figure1-", "Figure 1: what the original model and the best adapted one make of the two prompts.", true},
     {"figure3-quality", "Section 3.1 and Figure 3: how the quality of the reconstructions is distributed.", false},
     {"figure3-pairs",
      "Figure 3: an original, its reconstruction and their difference in grey levels, for the pairs of the largest, the median and "
      "the smallest SSIM.",
      true},
     {"figure4-", "Figure 4: the first images of every method for every prompt; nobody chose them.", true},
     {"figure6-tsne", "Figure 6: t-SNE of the reports’ embeddings, coloured by class.", false},
     {"figure7-tsne", "Figure 7: t-SNE of the reports’ embeddings, coloured by class.", false},
     {"figure8-tsne", "Figure 8: t-SNE of the reports’ embeddings, coloured by class.", false},
     {"tsne-", "As Figures 6 to 8, for an encoder that the paper has not: t-SNE of the reports’ embeddings, coloured by class.",
      false}}};

constexpr std::uintmax_t kLargestSvg = std::uintmax_t{256} << 10; // above, a PNG is no larger and is drawn faster

/// The files of a figure.
struct Figure {
  fs::path svg, png;
};

std::map<std::string, Figure> find_figures(const fs::path& folder, std::string_view begins) {
  std::map<std::string, Figure> figures;
  std::error_code absent;
  for (const auto& entry : fs::directory_iterator(folder, absent)) {
    const auto name = entry.path().stem().string();
    if (!name.starts_with(begins)) continue;
    if (entry.path().extension() == ".svg") figures[name].svg = entry.path();
    if (entry.path().extension() == ".png") figures[name].png = entry.path();
  }
  return figures;
}

std::string figure_html(const Figure& figure, const std::string& name, const FigureKind& kind) {
  const bool as_svg = !figure.svg.empty() && (figure.png.empty() || fs::file_size(figure.svg) <= kLargestSvg);
  const auto bytes = map_file(as_svg ? figure.svg : figure.png);
  return fmt::format(
      "<figure class=\"drawing\"><img src=\"{}\" alt=\"{}\">\n"
      "<figcaption>{} <span class=\"file\">{}</span></figcaption></figure>\n",
      data_uri(as_svg ? "image/svg+xml" : "image/png", bytes.text()), html_escape(kind.caption), html_escape(kind.caption),
      html_escape(name));
}

} // namespace

std::string figures_html(const Study& study, const ReportView& view) {
  std::string html;
  bool left_out = false;
  for (const auto& kind : kFigureKinds) {
    const auto figures = find_figures(study.folder / "figures", kind.begins);
    if (kind.has_images && !view.shows_images()) {
      left_out |= !figures.empty();
      continue;
    }
    for (const auto& [name, figure] : figures) html += figure_html(figure, view.text(name), kind);
  }
  if (html.empty() && !left_out) return "<p>There are none yet: <code>cxr figures</code> draws them.</p>\n";
  return html + (left_out ? "<p>Figures that show images were left out.</p>\n" : "");
}

} // namespace cxr
