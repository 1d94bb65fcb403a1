#include "data/text_set_writer.h"

#include "core/error.h"
#include "core/utf8.h"
#include "data/set_parts.h"

namespace cxr {
namespace {

constexpr std::size_t kTextsPerWrite = 65536;

std::string_view bytes_of(const std::vector<std::int8_t>& labels) {
  return {reinterpret_cast<const char*>(labels.data()), labels.size()};
}

} // namespace

bool is_storable(std::string_view text) { return text.find('\0') == text.npos && is_utf8(text); }

void add_ids(Sha256& digest, std::span<const std::string> ids) {
  for (const auto& id : ids) digest.add(fmt::format("{}:{}", id.size(), id));
}

std::string text_set_content(const std::string& texts, const Sha256& ids, std::string_view labels) {
  return sha256(texts + ids.hex() + sha256(labels));
}

TextSetWriter::TextSetWriter(std::filesystem::path path, TextSetPlan plan)
    : plan_(std::move(plan)),
      target_(require_absent(std::move(path))),
      file_(hdf5::File::create(target_.path())),
      texts_(file_, plan_.rows) {
  expects(plan_.rows > 0, "TextSetWriter: {} texts", plan_.rows);
  file_.create_strings("ids", plan_.rows, plan_.id_bytes);
  file_.create_dataset("lengths", at::kInt, plan_.rows, {});
}

void TextSetWriter::add(TextRecord record) {
  expects(is_storable(record.text), "TextSetWriter: {} is no UTF-8, or has a zero byte", record.id);
  texts_.add(record.text);
  lengths_.push_back(static_cast<std::int32_t>(count_code_points(record.text)));
  ids_.push_back(std::move(record.id));
  if (plan_.has_labels) labels_.insert(labels_.end(), record.labels.begin(), record.labels.end());
  if (ids_.size() == kTextsPerWrite) flush();
}

void TextSetWriter::flush() {
  const auto rows = std::ssize(ids_);
  expects(written_ + rows <= plan_.rows, "TextSetWriter: more texts than the {} that were announced", plan_.rows);
  file_.write_string_rows("ids", written_, ids_);
  file_.write_rows("lengths", written_, at::tensor(lengths_, at::kInt));
  add_ids(ids_digest_, ids_);
  written_ += rows;
  ids_.clear();
  lengths_.clear();
}

void TextSetWriter::finish() {
  flush();
  expects(written_ == plan_.rows, "TextSetWriter: {} texts where {} were announced", written_, plan_.rows);
  const auto texts = texts_.finish();
  if (plan_.has_labels) write_labels(file_, labels_);
  file_.write_attribute("/", "format", std::string(kTextSetFormat));
  file_.write_attribute("/", "format_version", std::string(kTextSetVersion));
  file_.write_attribute("/", kContentDigest, text_set_content(texts, ids_digest_, bytes_of(labels_)));
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
