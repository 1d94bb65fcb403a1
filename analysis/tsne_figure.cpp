#include <cmath>

#include "analysis/figures.h"
#include "io/gnuplot.h"
#include "data/image_set.h"

namespace cxr {
namespace {

constexpr std::size_t kClasses = kCheXpertLabels.size();

/// The paper's colours (appendix B, below Figure 8) in kCheXpertLabels' order, each in a shade far from the others. Three shapes
/// help those who see fewer colours.
struct Mark {
  const char *colour, *name;
};
constexpr std::array<Mark, kClasses> kMarks = {{{"#e6194b", "red"},
                                                {"#f9b7d0", "pink"},
                                                {"#2ca02c", "green"},
                                                {"#8e24aa", "purple"},
                                                {"#ff7f0e", "orange"},
                                                {"#ffe119", "yellow"},
                                                {"#3f7df6", "blue"},
                                                {"#35d0e6", "cyan"},
                                                {"#d9c7a0", "beige"},
                                                {"#f032e6", "magenta"},
                                                {"#8b4f1d", "brown"},
                                                {"#9a9a9a", "gray"},
                                                {"#000000", "black"},
                                                {"#0b1f7a", "navy"}}};
constexpr std::array<int, 3> kShapes = {7, 5, 9}; // gnuplot's filled circle, square and triangle
constexpr const char* kOutline = "#303030";

/// A square that holds all points, with a margin.
struct Frame {
  double x, y, reach;
};

Frame frame_of(const at::Tensor& coordinates) {
  const auto low = std::get<0>(coordinates.min(0)), high = std::get<0>(coordinates.max(0)); // [2]
  const auto middle = (low + high) / 2;
  const double reach = 0.53 * std::max((high - low).max().item<double>(), 1e-6);
  return {middle[0].item<double>(), middle[1].item<double>(), reach};
}

std::string points_of(const at::Tensor& coordinates, std::span<const std::int8_t> classes, std::size_t label) {
  const auto points = coordinates.accessor<float, 2>();
  std::string lines;
  for (std::size_t i = 0; i < classes.size(); ++i) {
    if (static_cast<std::size_t>(classes[i]) == label) lines += fmt::format("{} {}\n", points[i][0], points[i][1]);
  }
  return lines;
}

std::string style(std::size_t label, double size, const std::string& colour) {
  return fmt::format("with points pointtype {} pointsize {:.3f} linecolor rgb {}", kShapes[label % kShapes.size()], size,
                     gnuplot::quoted(colour));
}

} // namespace

std::string label_colour(std::size_t label) { return kMarks.at(label).colour; }

void draw_tsne_figure(const std::string& title, const std::string& caption, const TsneLayout& layout,
                      std::span<const std::int8_t> classes, const std::filesystem::path& target) {
  const auto frame = frame_of(layout.coordinates);
  const double size = std::clamp(std::sqrt(700.0 / static_cast<double>(classes.size())), 0.3, 1.0);
  std::string data, plots;
  // Each point lies on a slightly larger dark one, its outline, without which pale colours are lost on white.
  for (std::size_t label = 0; label < kClasses; ++label) {
    const auto points = points_of(layout.coordinates, classes, label);
    if (points.empty()) continue;
    data += fmt::format("$label_{} << EOD\n{}EOD\n", label, points);
    plots += fmt::format("{}$label_{} {} notitle, \\\n  $label_{} {} notitle", plots.empty() ? "" : ", \\\n  ", label,
                         style(label, 1.3 * size, kOutline), label, style(label, size, kMarks[label].colour));
  }
  for (std::size_t label = 0; label < kClasses; ++label) {
    plots += fmt::format(", \\\n  keyentry {} title {}", style(label, 1.3, kMarks[label].colour),
                         gnuplot::quoted(kCheXpertLabels[label]));
  }
  gnuplot::draw(target, 860, 640,
                fmt::format("{}set title {} font ',13'\nset xlabel {} textcolor rgb '#606060'\nunset tics\nset size square\n"
                            "set border linecolor rgb '#b0b0b0'\nset key outside right center Left reverse samplen 1 spacing 1.3\n"
                            "set xrange [{}:{}]\nset yrange [{}:{}]\nplot {}\n",
                            data, gnuplot::quoted(title), gnuplot::quoted(caption), frame.x - frame.reach, frame.x + frame.reach,
                            frame.y - frame.reach, frame.y + frame.reach, plots));
}

} // namespace cxr
