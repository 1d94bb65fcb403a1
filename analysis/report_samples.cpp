#include "analysis/generation_results.h"
#include "analysis/html.h"
#include "analysis/report_figures.h"
#include "analysis/sample_images.h"
#include "io/image_file.h"

namespace cxr {
namespace {

constexpr std::int64_t kImagesPerRow = 4, kRows = 2, kLargestSide = 160, kGap = 3, kWhite = 255;
constexpr int kQuality = 80; // of the JPEG: small, and no more than a look is wanted of them

/// Images of a row below those of another, from the upper left. uint8 [H,W,3]
at::Tensor tiled(const std::vector<at::Tensor>& images) {
  std::int64_t height = 0, width = 0;
  for (const auto& image : images) {
    height = std::max(height, image.size(0));
    width = std::max(width, image.size(1));
  }
  const auto count = std::ssize(images), columns = std::min(count, kImagesPerRow), rows = (count + columns - 1) / columns;
  auto tiles = at::full({rows * (height + kGap) - kGap, columns * (width + kGap) - kGap, 3}, kWhite, at::kByte);
  for (std::int64_t i = 0; i < count; ++i) {
    const auto& image = images[static_cast<std::size_t>(i)];
    const auto top = i / columns * (height + kGap), left = i % columns * (width + kGap);
    tiles.slice(0, top, top + image.size(0)).slice(1, left, left + image.size(1)).copy_(image);
  }
  return tiles;
}

std::string prompt_html(const ImageSet& images, const PromptResults& results, const std::string& prompt,
                        const std::string& method) {
  std::vector<at::Tensor> first;
  for (const auto sample : results.samples) {
    if (std::ssize(first) < kImagesPerRow * kRows) first.push_back(fitted(rgb_image(images, sample), kLargestSide));
  }
  const auto tiles = tiled(first);
  return fmt::format(
      "<figure><img src=\"{}\" width=\"{}\" height=\"{}\" alt=\"{} images by {} of the prompt “{}”\">"
      "<figcaption>“{}”, the first {} of {}</figcaption></figure>\n",
      data_uri("image/jpeg", jpeg_bytes(tiles, kQuality)), tiles.size(1), tiles.size(0), first.size(), html_escape(method),
      html_escape(prompt), html_escape(prompt), first.size(), results.samples.size());
}

} // namespace

std::string samples_html(const Study& study, const ReportView& view) {
  if (study.methods.empty() || !view.shows_images()) return "";
  std::string html;
  for (const auto& method : read_generation(study).methods) {
    const ImageSet images(method.generate);
    html += fmt::format("<section class=\"samples\"><h3>{}</h3>\n<div class=\"strips\">\n", html_escape(method.name));
    for (std::size_t p = 0; p < method.prompts.size(); ++p) {
      if (!method.prompts[p].samples.empty())
        html += prompt_html(images, method.prompts[p], method.asked.prompts[p].text, method.name);
    }
    html += "</div></section>\n";
  }
  return html;
}

} // namespace cxr
