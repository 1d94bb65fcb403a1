#include "analysis/grid_figure.h"

#include <sstream>

#include "io/gnuplot.h"
#include "analysis/pixel_files.h"
#include "analysis/sample_images.h"
#include "core/utf8.h"

namespace cxr {
namespace {

// In points, as everything here: the plot's coordinates are the figure's.
constexpr int kLabelWidth = 170, kMargin = 12, kImageGap = 3, kColumnGap = 18, kRowGap = 12, kLineHeight = 15, kHeadingGap = 4;
constexpr double kCharacterWidth = 6.4; // of DejaVu Sans 10, on average

std::int64_t characters_in(int points) { return std::max<std::int64_t>(static_cast<std::int64_t>(points / kCharacterWidth), 1); }

/// Where things are; y grows upwards.
class Layout {
 public:
  explicit Layout(const ImageGrid& grid) : grid_(grid) {
    for (const auto& heading : grid.headings) headings_.push_back(wrapped(heading, characters_in(cell_width())));
    for (const auto& lines : headings_) heading_lines_ = std::max(heading_lines_, static_cast<int>(lines.size()));
  }

  int width() const { return column(static_cast<int>(grid_.headings.size())) - kColumnGap + kMargin; }
  int height() const { return kMargin + heading_height() + static_cast<int>(grid_.rows.size()) * (grid_.side + kRowGap); }
  int cell_width() const { return grid_.images_per_cell * (grid_.side + kImageGap) - kImageGap; }
  /// The left end of a column, and the top of a row.
  int column(int c) const { return kLabelWidth + c * (cell_width() + kColumnGap); }
  int row(int r) const { return height() - kMargin / 2 - heading_height() - r * (grid_.side + kRowGap); }
  const std::vector<std::vector<std::string>>& headings() const { return headings_; }

 private:
  int heading_height() const { return heading_lines_ * kLineHeight + kHeadingGap; }

  const ImageGrid& grid_;
  std::vector<std::vector<std::string>> headings_;
  int heading_lines_ = 1;
};

/// Lines of text below each other, the first line's middle at y.
std::string text_script(const std::vector<std::string>& lines, double x, double y, const std::string& justification) {
  std::string script;
  for (const auto& line : lines) {
    script += fmt::format("set label {} at {},{} {}\n", gnuplot::quoted(line), x, y, justification);
    y -= kLineHeight;
  }
  return script;
}

std::string captions(const ImageGrid& grid, const Layout& layout) {
  std::string script;
  for (std::size_t c = 0; c < grid.headings.size(); ++c) {
    const auto& lines = layout.headings()[c];
    const double last = layout.row(0) + kHeadingGap + 0.5 * kLineHeight;
    script += text_script(lines, layout.column(static_cast<int>(c)) + layout.cell_width() / 2.0,
                          last + kLineHeight * static_cast<double>(lines.size() - 1), "center");
  }
  for (std::size_t r = 0; r < grid.rows.size(); ++r) {
    auto lines = wrapped(grid.rows[r].label, characters_in(kLabelWidth - 2 * kMargin));
    lines.insert(lines.end(), grid.rows[r].captions.begin(), grid.rows[r].captions.end());
    const double middle = layout.row(static_cast<int>(r)) - grid.side / 2.0;
    script += text_script(lines, kMargin, middle + kLineHeight * static_cast<double>(lines.size() - 1) / 2, "left");
  }
  return script;
}

/// The plot's clause for an image in the middle of a square. @param x,top of the square's upper left corner
std::string image_clause(PixelFiles& files, const at::Tensor& image, int x, int top, int side) {
  const auto pixels = fitted(image, side * 3 / 2); // as large as the PNG shows it: the SVG holds every pixel
  const auto height = static_cast<double>(pixels.size(0)), width = static_cast<double>(pixels.size(1));
  const double pixel = side / std::max(height, width);
  // The origin is the middle of the lower left pixel.
  const double left = x + (side - pixel * width) / 2 + pixel / 2, bottom = top - side + (side - pixel * height) / 2 + pixel / 2;
  return fmt::format("{0} origin=({1},{2}) dx={3} dy={3} using 1:2:3 with rgbimage notitle", files.add(pixels), left, bottom,
                     pixel);
}

} // namespace

std::vector<std::string> wrapped(const std::string& text, std::int64_t width) {
  std::vector<std::string> lines;
  std::string word;
  std::istringstream words(text);
  while (words >> word) {
    if (!lines.empty() && count_code_points(lines.back()) + 1 + count_code_points(word) <= width) {
      lines.back() += " " + word;
      continue;
    }
    lines.emplace_back();
    for (const char byte : word) {
      const bool starts_character = (static_cast<unsigned char>(byte) & 0xC0U) != 0x80U;
      if (starts_character && count_code_points(lines.back()) == width) lines.emplace_back();
      lines.back() += byte;
    }
  }
  return lines;
}

void draw_grid_figure(const ImageGrid& grid, const std::filesystem::path& target) {
  const Layout layout(grid);
  PixelFiles files(target);
  std::vector<std::string> clauses;
  for (std::size_t r = 0; r < grid.rows.size(); ++r) {
    for (std::size_t c = 0; c < grid.headings.size(); ++c) {
      int x = layout.column(static_cast<int>(c));
      for (const auto& image : grid.rows[r].cells[c]) {
        clauses.push_back(image_clause(files, image, x, layout.row(static_cast<int>(r)), grid.side));
        x += grid.side + kImageGap;
      }
    }
  }
  gnuplot::draw(target, layout.width(), layout.height(),
                fmt::format("set lmargin at screen 0\nset rmargin at screen 1\nset bmargin at screen 0\nset tmargin at screen 1\n"
                            "unset tics\nunset border\nunset key\nset xrange [0:{}]\nset yrange [0:{}]\n{}plot {}\n",
                            layout.width(), layout.height(), captions(grid, layout), fmt::join(clauses, ", \\\n  ")));
}

} // namespace cxr
