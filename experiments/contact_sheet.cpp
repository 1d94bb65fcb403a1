#include "experiments/contact_sheet.h"

#include <opencv2/imgproc.hpp>

#include "io/hdf5.h"
#include "io/image_file.h"

namespace cxr {
namespace {

constexpr int kMostRows = 32, kMostColumns = 8, kMostSide = 256;
constexpr int kLeastWidth = 512;       ///< so that captions of few or small pictures can be read
constexpr int kGap = 8, kCaption = 24; ///< pixels between pictures, and of a caption's line
constexpr double kFontScale = 0.5;     ///< letters about 11 pixels high
const cv::Scalar kPaper(255, 255, 255), kInk(0, 0, 0);

/// The images of one prompt in a run.
struct PromptRow {
  std::string prompt;
  std::int64_t first = 0;
  int count = 0;
};

std::vector<PromptRow> rows_of(const std::vector<std::string>& prompts) {
  std::vector<PromptRow> rows;
  for (std::size_t i = 0; i < prompts.size(); ++i) {
    if (rows.empty() || rows.back().prompt != prompts[i]) {
      if (rows.size() == kMostRows) break;
      rows.push_back({prompts[i], static_cast<std::int64_t>(i)});
    }
    rows.back().count = std::min(rows.back().count + 1, kMostColumns);
  }
  return rows;
}

int width_of(const std::string& text) { return cv::getTextSize(text, cv::FONT_HERSHEY_SIMPLEX, kFontScale, 1, nullptr).width; }

// The prompt as far as it fits, in the font's letters.
std::string caption_of(const std::string& prompt, int width) {
  std::string caption;
  for (const char c : prompt) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte & 0xC0U) != 0x80U) caption += byte < 0x20 || byte > 0x7e ? '?' : c; // one sign a code point
  }
  if (width_of(caption) <= width) return caption;
  while (!caption.empty() && width_of(caption + "...") > width) caption.pop_back();
  return caption + "...";
}

} // namespace

void write_contact_sheet(const std::filesystem::path& png, const std::vector<SheetRow>& rows) {
  const auto height = rows.front().images.size(1), width = rows.front().images.size(2);
  const double scale = std::min(1.0, static_cast<double>(kMostSide) / static_cast<double>(std::max(height, width)));
  const cv::Size picture(std::max(1, static_cast<int>(scale * static_cast<double>(width))),
                         std::max(1, static_cast<int>(scale * static_cast<double>(height))));
  std::int64_t columns = 0;
  for (const auto& row : rows) columns = std::max(columns, row.images.size(0));
  const int row_height = kCaption + picture.height + kGap;
  const int sheet_width = std::max(static_cast<int>(columns) * (picture.width + kGap) + kGap, kLeastWidth);

  const auto sheet = at::empty({std::ssize(rows) * row_height + kGap, sheet_width, 3}, at::kByte);
  cv::Mat canvas(static_cast<int>(sheet.size(0)), sheet_width, CV_8UC3, sheet.data_ptr());
  canvas.setTo(kPaper);
  for (std::size_t r = 0; r < rows.size(); ++r) {
    const int top = static_cast<int>(r) * row_height + kCaption;
    cv::putText(canvas, caption_of(rows[r].caption, sheet_width - 2 * kGap), {kGap, top - kGap}, cv::FONT_HERSHEY_SIMPLEX,
                kFontScale, kInk, 1, cv::LINE_AA);
    const auto images = rows[r].images.contiguous();
    for (int c = 0; c < static_cast<int>(images.size(0)); ++c) {
      const cv::Mat image(static_cast<int>(height), static_cast<int>(width), CV_8UC3, images[c].data_ptr());
      cv::resize(image, canvas({kGap + c * (picture.width + kGap), top, picture.width, picture.height}), picture, 0, 0,
                 cv::INTER_AREA);
    }
  }
  write_png(png, sheet);
}

void write_contact_sheet(const std::filesystem::path& png, const std::filesystem::path& results) {
  const auto file = hdf5::File::open(results);
  std::vector<SheetRow> rows;
  for (const auto& row : rows_of(file.read_strings("prompts"))) {
    rows.push_back({row.prompt, file.read_rows("images", row.first, row.count)});
  }
  write_contact_sheet(png, rows);
}

} // namespace cxr
