#include "data/image_set.h"

#include <fmt/ranges.h>

#include "core/digest.h"
#include "core/error.h"
#include "data/image_set_writer.h"
#include "data/set_parts.h"

namespace cxr {
namespace fs = std::filesystem;
namespace {

// [N,H,W] or [N,H,W,3] with at least one pixel.
std::vector<std::int64_t> images_shape(const hdf5::File& file) {
  if (!file.has("images")) throw InputError(file.path().string(), "images", "uint8 [N,H,W] or [N,H,W,3]", "no such dataset");
  auto shape = file.shape("images");
  const bool well_shaped = shape.size() == 3 || (shape.size() == 4 && shape[3] == 3);
  if (!well_shaped || file.is_string("images") || file.dtype("images") != at::kByte) {
    throw InputError(
        file.path().string(), "images", "uint8 [N,H,W] or [N,H,W,3]",
        fmt::format("{} [{}]", file.is_string("images") ? "strings" : c10::toString(file.dtype("images")), fmt::join(shape, ",")));
  }
  if (shape[1] < 1 || shape[2] < 1) {
    throw InputError(file.path().string(), "images", "at least one pixel", fmt::format("{} x {}", shape[1], shape[2]));
  }
  return shape;
}

std::vector<std::string> strings(const hdf5::File& file, const std::string& name, std::int64_t rows) {
  if (!file.has(name)) return {};
  auto values = file.read_strings(name);
  check_rows(file, name, std::ssize(values), rows);
  return values;
}

ImageSetInfo read_info(const hdf5::File& file, std::int64_t n) {
  ImageSetInfo info;
  info.ids = strings(file, "ids", n);
  if (info.ids.empty() && n > 0) throw InputError(file.path().string(), "ids", "UTF-8 [N]", "no such dataset");
  info.study_ids = strings(file, "study_ids", n);
  info.subject_ids = strings(file, "subject_ids", n);
  info.labels = read_labels(file, n);
  info.reports = strings(file, "reports", n);
  info.impressions = strings(file, "impressions", n);
  info.attributes = read_set_attributes(file);
  return info;
}

at::Tensor read_sizes(const hdf5::File& file, const std::vector<std::int64_t>& shape) {
  const auto sizes = read_table(file, "sizes", at::kInt, shape[0], 2);
  if (!sizes.defined()) return sizes;
  const auto size = sizes.accessor<std::int32_t, 2>();
  for (std::int64_t i = 0; i < shape[0]; ++i) {
    if (size[i][0] < 1 || size[i][0] > shape[1] || size[i][1] < 1 || size[i][1] > shape[2]) {
      throw InputError(file.path().string(), fmt::format("sizes, row {}", i), fmt::format("at most {} x {}", shape[1], shape[2]),
                       fmt::format("{} x {}", size[i][0], size[i][1]));
    }
  }
  return sizes;
}

// Pixels would take as long to read as the work itself: the digest that the set was written with (attribute content_sha256) stands
// for them, or the identity of the run that made them.
std::string set_identity(const ImageSetInfo& info, const std::vector<std::int64_t>& shape) {
  std::string text = fmt::format("{}\n{}\n", fmt::join(shape, ","), fmt::join(info.ids, "\n"));
  for (const auto& [name, value] : info.attributes) text += fmt::format("{} = {}\n", name, value);
  return sha256(text);
}

} // namespace

ImageSet::ImageSet(const fs::path& path)
    : path_(path),
      file_(hdf5::File::open(set_file(path, "an image set"))),
      shape_(images_shape(file_)),
      info_(read_info(file_, shape_[0])),
      sizes_(read_sizes(file_, shape_)),
      identity_(set_identity(info_, shape_)) {}

at::Tensor ImageSet::images(std::int64_t begin, std::int64_t count) const { return file_.read_rows("images", begin, count); }

std::pair<std::int64_t, std::int64_t> ImageSet::image_size(std::int64_t i) const {
  expects(i >= 0 && i < size(), "{}: no image {}", path_.string(), i);
  if (!sizes_.defined()) return {height(), width()};
  return {sizes_[i][0].item<std::int64_t>(), sizes_[i][1].item<std::int64_t>()};
}

// As the set's writer was given it.
ImageRecord ImageSet::record(std::int64_t i) const {
  const auto row = static_cast<std::size_t>(i);
  const auto [height, width] = image_size(i);
  ImageRecord record{.image = images(i, 1)[0].slice(0, 0, height).slice(1, 0, width)};
  if (info_.labels.defined())
    std::ranges::copy_n(info_.labels[i].const_data_ptr<std::int8_t>(), std::ssize(record.labels), record.labels.begin());
  if (!info_.reports.empty()) record.report = info_.reports[row];
  if (!info_.impressions.empty()) record.impression = info_.impressions[row];
  return record;
}

void ImageSet::verify() const {
  Sha256 content;
  for (std::int64_t i = 0; i < size(); ++i) add_content(content, record(i));
  const auto expected = info_.attributes.find(kContentDigest);
  if (expected != info_.attributes.end() && expected->second != content.hex())
    throw InputError(path_.string(), kContentDigest, expected->second, content.hex());
}

} // namespace cxr
