#include "data/text_set_writer.h"

#include "core/error.h"
#include "core/utf8.h"
#include "data/set_parts.h"

namespace cxr {
namespace {

constexpr std::size_t kTextsPerWrite = 65536;
constexpr std::size_t kBytesPerWrite = 16 << 20;

} // namespace

bool is_storable(std::string_view text) { return text.find('\0') == text.npos && is_utf8(text); }

TextSetWriter::TextSetWriter(std::filesystem::path path, TextSetPlan plan)
    : plan_(std::move(plan)), target_(require_absent(std::move(path))), file_(hdf5::File::create(target_.path())) {
  expects(plan_.rows > 0, "TextSetWriter: {} texts", plan_.rows);
  file_.create_variable_strings("texts", plan_.rows);
  file_.create_strings("ids", plan_.rows, plan_.id_bytes);
  file_.create_dataset("lengths", at::kInt, plan_.rows, {});
  file_.create_dataset("text_checksums", at::kInt, plan_.rows, {});
}

void TextSetWriter::add(TextRecord record) {
  expects(is_storable(record.text), "TextSetWriter: {} is no UTF-8, or has a zero byte", record.id);
  bytes_ += record.text.size();
  texts_.push_back(std::move(record.text));
  ids_.push_back(std::move(record.id));
  if (plan_.has_labels) labels_.insert(labels_.end(), record.labels.begin(), record.labels.end());
  if (texts_.size() == kTextsPerWrite || bytes_ >= kBytesPerWrite) flush();
}

void TextSetWriter::flush() {
  const auto rows = std::ssize(texts_);
  expects(written_ + rows <= plan_.rows, "TextSetWriter: more texts than the {} that were announced", plan_.rows);
  auto lengths = at::empty({rows}, at::kInt), checksums = at::empty({rows}, at::kInt);
  auto *length = lengths.data_ptr<std::int32_t>(), *checksum = checksums.data_ptr<std::int32_t>();
  for (const auto& text : texts_) {
    *length++ = static_cast<std::int32_t>(count_code_points(text));
    *checksum++ = text_checksum(text);
  }
  file_.write_string_rows("texts", written_, texts_);
  file_.write_string_rows("ids", written_, ids_);
  file_.write_rows("lengths", written_, lengths);
  file_.write_rows("text_checksums", written_, checksums);
  written_ += rows;
  bytes_ = 0;
  texts_.clear();
  ids_.clear();
}

void TextSetWriter::finish() {
  flush();
  expects(written_ == plan_.rows, "TextSetWriter: {} texts where {} were announced", written_, plan_.rows);
  if (plan_.has_labels) write_labels(file_, labels_);
  file_.write_attribute("/", "format", std::string(kTextSetFormat));
  file_.write_attribute("/", "format_version", std::string(kTextSetVersion));
  for (const auto& [name, value] : plan_.attributes) file_.write_attribute("/", name, value);
  file_.close();
  target_.commit();
}

void write_text_set(const std::filesystem::path& path, std::vector<TextRecord> records, bool has_labels,
                    const std::map<std::string, std::string>& attributes) {
  TextSetPlan plan{std::ssize(records), 0, has_labels, attributes};
  for (const auto& record : records) plan.id_bytes = std::max(plan.id_bytes, std::ssize(record.id));
  TextSetWriter writer(path, std::move(plan));
  for (auto& record : records) writer.add(std::move(record));
  writer.finish();
}

} // namespace cxr
