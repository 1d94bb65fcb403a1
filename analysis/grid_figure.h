/// @file
/// A grid of images: a row a method, a column a prompt (Figures 1 and 4 of the paper).
#pragma once

#include <torch/types.h>

#include <filesystem>
#include <string>
#include <vector>

namespace cxr {

struct ImageGrid {
  struct Row {
    std::string label;                          ///< left of the row
    std::vector<std::string> captions;          ///< lines below the label
    std::vector<std::vector<at::Tensor>> cells; ///< a cell a heading: uint8 [H,W,3], at most images_per_cell
  };

  std::vector<std::string> headings;
  std::vector<Row> rows;
  int images_per_cell = 1;
  int side = 100; ///< of an image's place, in points; images keep their aspect in it
};

/// Writes `target`.png and .svg. Labels and headings are wrapped to the room they have.
void draw_grid_figure(const ImageGrid& grid, const std::filesystem::path& target);

/// `text` in lines of at most `width` code points, broken at spaces, and within words only if they are longer.
std::vector<std::string> wrapped(const std::string& text, std::int64_t width);

} // namespace cxr
