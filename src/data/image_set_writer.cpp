#include "data/image_set_writer.h"

#include "core/error.h"
#include "data/set_parts.h"

namespace cxr {
namespace {

constexpr std::size_t kImagesPerWrite = 64;

void require_frame(const ImageSetPlan& plan, const at::Tensor& image) {
  expects(image.scalar_type() == at::kByte && image.dim() == 2, "ImageSetWriter: image is uint8 [H,W]");
  expects(image.size(0) <= plan.height && image.size(1) <= plan.width, "ImageSetWriter: image {}x{} in a frame of {}x{}",
          image.size(0), image.size(1), plan.height, plan.width);
}

bool all_empty(const std::vector<std::string>& texts) {
  return std::ranges::all_of(texts, [](const std::string& text) { return text.empty(); });
}

} // namespace

// A digest of each image, and one of these: what an image contributes can be checked by itself.
void add_content(Sha256& digest, const ImageRecord& record) {
  const auto pixels = record.image.contiguous();
  const std::string_view bytes(static_cast<const char*>(pixels.const_data_ptr()), pixels.nbytes());
  digest.add(sha256(bytes));
  digest.add(fmt::format("{} x {}\n", record.image.size(0), record.image.size(1)));
  digest.add({reinterpret_cast<const char*>(record.labels.data()), record.labels.size()});
  digest.add(fmt::format("{}:{}{}:{}", record.report.size(), record.report, record.impression.size(), record.impression));
}

ImageSetWriter::ImageSetWriter(std::filesystem::path path, ImageSetPlan plan)
    : plan_(std::move(plan)), target_(require_absent(std::move(path))), file_(hdf5::File::create(target_.path())) {
  expects(plan_.rows > 0 && plan_.height > 0 && plan_.width > 0, "ImageSetWriter: {} images of {}x{}", plan_.rows, plan_.height,
          plan_.width);
  file_.create_dataset("images", at::kByte, plan_.rows, {plan_.height, plan_.width});
  pending_.reserve(kImagesPerWrite);
}

void ImageSetWriter::add(const ImageRecord& record) {
  require_frame(plan_, record.image);
  const auto height = record.image.size(0), width = record.image.size(1);
  auto framed = record.image;
  if (height != plan_.height || width != plan_.width) {
    framed = at::zeros({plan_.height, plan_.width}, at::kByte);
    framed.narrow(0, 0, height).narrow(1, 0, width).copy_(record.image);
    several_sizes_ = true;
  }
  sizes_.push_back(static_cast<std::int32_t>(height));
  sizes_.push_back(static_cast<std::int32_t>(width));
  pending_.push_back(framed);
  add_content(content_, stored(record));
  info_.ids.push_back(record.id);
  info_.study_ids.push_back(record.study_id);
  info_.subject_ids.push_back(record.subject_id);
  labels_.insert(labels_.end(), record.labels.begin(), record.labels.end());
  if (plan_.has_reports) {
    info_.reports.push_back(record.report);
    info_.impressions.push_back(record.impression);
  }
  if (pending_.size() == kImagesPerWrite) flush_images();
}

// Without what the plan leaves out.
ImageRecord ImageSetWriter::stored(ImageRecord record) const {
  if (!plan_.has_labels) record.labels = {};
  if (!plan_.has_reports) record.report = record.impression = "";
  return record;
}

void ImageSetWriter::flush_images() {
  if (pending_.empty()) return;
  file_.write_rows("images", std::ssize(info_.ids) - std::ssize(pending_), at::stack(pending_));
  pending_.clear();
}

void ImageSetWriter::finish() {
  flush_images();
  const auto rows = std::ssize(info_.ids);
  expects(rows == plan_.rows, "ImageSetWriter: {} images where {} were announced", rows, plan_.rows);
  file_.write_strings("ids", info_.ids);
  file_.write_strings("study_ids", info_.study_ids);
  file_.write_strings("subject_ids", info_.subject_ids);
  if (plan_.has_labels) write_labels(file_, labels_);
  if (plan_.has_reports && !all_empty(info_.reports)) {
    file_.write_strings("reports", info_.reports);
    file_.write_strings("impressions", info_.impressions);
  }
  if (several_sizes_) file_.write("sizes", at::tensor(sizes_, at::kInt).view({rows, 2}));
  file_.write_attribute("/", "format", std::string(kImageSetFormat));
  file_.write_attribute("/", "format_version", std::string(kImageSetVersion));
  file_.write_attribute("/", kContentDigest, content_.hex());
  for (const auto& [name, value] : plan_.attributes) file_.write_attribute("/", name, value);
  file_.close();
  target_.commit();
}

void write_image_set(const std::filesystem::path& path, const std::vector<ImageRecord>& records, bool has_labels, bool has_reports,
                     const std::map<std::string, std::string>& attributes) {
  ImageSetPlan plan{std::ssize(records), 0, 0, has_labels, has_reports, attributes};
  for (const auto& record : records) {
    plan.height = std::max(plan.height, record.image.size(0));
    plan.width = std::max(plan.width, record.image.size(1));
  }
  ImageSetWriter writer(path, std::move(plan));
  for (const auto& record : records) writer.add(record);
  writer.finish();
}

} // namespace cxr
