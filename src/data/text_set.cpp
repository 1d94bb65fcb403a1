#include "data/text_set.h"

#include <zlib.h>

#include "core/digest.h"
#include "core/error.h"
#include "core/utf8.h"
#include "data/set_parts.h"
#include "data/text_set_writer.h"

namespace cxr {
namespace {

constexpr std::int64_t kTextsPerBlock = 8192;

// "texts" of a text set, "impressions" of an image set.
std::string texts_dataset(const hdf5::File& file) {
  const auto format = file.has_attribute("/", "format") ? file.read_attribute("/", "format") : "";
  const std::string name = format == kTextSetFormat ? "texts" : "impressions";
  if (file.has(name)) {
    if (file.is_string(name)) return name;
    throw InputError(file.path().string(), name, "UTF-8 [N]", c10::toString(file.dtype(name)));
  }
  if (file.has("images")) throw InputError(file.path().string(), name, "the impressions of an image set", "none");
  throw InputError(file.path().string(), "", "a text set, or an image set with impressions",
                   fmt::format("an HDF5 file with: {}", fmt::join(file.datasets(), ", ")));
}

std::int64_t rows_of(const hdf5::File& file, const std::string& texts) {
  const auto shape = file.shape(texts);
  const auto rows = shape.size() == 1 ? shape[0] : 0;
  if (rows == 0) throw InputError(file.path().string(), texts, "at least one text", "none");
  return rows;
}

at::Tensor int32_column(const hdf5::File& file, const std::string& name, std::int64_t rows) {
  const auto shape = file.shape(name);
  if (shape.size() != 1 || file.dtype(name) != at::kInt) {
    throw InputError(file.path().string(), name, "int32 [N]",
                     fmt::format("{} [{}]", c10::toString(file.dtype(name)), fmt::join(shape, ",")));
  }
  check_rows(file, name, shape[0], rows);
  return file.read(name);
}

} // namespace

std::int32_t text_checksum(std::string_view text) {
  return static_cast<std::int32_t>(::crc32_z(0, reinterpret_cast<const Bytef*>(text.data()), text.size()));
}

TextSet::TextSet(const std::filesystem::path& path)
    : path_(path),
      file_(hdf5::File::open(set_file(path, "a text set, an image set"))),
      texts_dataset_(texts_dataset(file_)),
      attributes_(read_set_attributes(file_)) {
  size_ = rows_of(file_, texts_dataset_);
  if (texts_dataset_ == "texts") {
    lengths_ = int32_column(file_, "lengths", size_);
    checksums_ = int32_column(file_, "text_checksums", size_);
  } else {
    measure();
  }
  if (!file_.has("ids")) throw InputError(path.string(), "ids", "UTF-8 [N]", "no such dataset");
  check_rows(file_, "ids", file_.shape("ids").at(0), size_);
  std::string text(reinterpret_cast<const char*>(lengths_.const_data_ptr()), lengths_.nbytes());
  text.append(reinterpret_cast<const char*>(checksums_.const_data_ptr()), checksums_.nbytes());
  for (const auto& [name, value] : attributes_) text += fmt::format("{} = {}\n", name, value);
  identity_ = sha256(text);
}

// An image set tells neither lengths nor checksums of its impressions.
void TextSet::measure() {
  auto lengths = at::empty({size_}, at::kInt), checksums = at::empty({size_}, at::kInt);
  auto *length = lengths.data_ptr<std::int32_t>(), *checksum = checksums.data_ptr<std::int32_t>();
  for (std::int64_t begin = 0; begin < size_; begin += kTextsPerBlock) {
    for (const auto& text : texts(begin, std::min(kTextsPerBlock, size_ - begin))) {
      *length++ = static_cast<std::int32_t>(count_code_points(text));
      *checksum++ = text_checksum(text);
    }
  }
  lengths_ = lengths;
  checksums_ = checksums;
}

std::vector<std::string> TextSet::texts(std::int64_t begin, std::int64_t count) const {
  auto found = file_.read_string_rows(texts_dataset_, begin, count);
  if (!checksums_.defined()) return found;
  const auto* expected = checksums_.const_data_ptr<std::int32_t>() + begin;
  for (std::int64_t i = 0; i < count; ++i) {
    const auto checksum = text_checksum(found[static_cast<std::size_t>(i)]);
    if (checksum == expected[i]) continue;
    throw InputError(path_.string(), fmt::format("{}, row {}", texts_dataset_, begin + i),
                     fmt::format("CRC-32 {:08x}", static_cast<std::uint32_t>(expected[i])),
                     fmt::format("{:08x} (damaged)", static_cast<std::uint32_t>(checksum)));
  }
  return found;
}

std::vector<std::string> TextSet::ids(std::int64_t begin, std::int64_t count) const {
  return file_.read_string_rows("ids", begin, count);
}

at::Tensor TextSet::labels() const { return read_labels(file_, size_); }

} // namespace cxr
