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

// Where a set without packed texts has them: "texts" of a text set, "impressions" of an image set.
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
  return shape.size() == 1 ? shape[0] : 0;
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

// CRC-32 (zlib's) of a text's bytes.
std::int32_t text_checksum(std::string_view text) {
  return static_cast<std::int32_t>(::crc32_z(0, reinterpret_cast<const Bytef*>(text.data()), text.size()));
}

} // namespace

TextSet::TextSet(const std::filesystem::path& path)
    : path_(path), file_(hdf5::File::open(set_file(path, "a text set, an image set"))), attributes_(read_set_attributes(file_)) {
  if (PackedTexts::are_in(file_)) {
    packed_.emplace(file_);
  } else {
    texts_dataset_ = texts_dataset(file_);
  }
  size_ = packed_ ? packed_->size() : rows_of(file_, texts_dataset_);
  if (size_ == 0) throw InputError(path.string(), packed_ ? "text_offsets" : texts_dataset_, "at least one text", "none");
  if (packed_ || texts_dataset_ == "texts") {
    lengths_ = int32_column(file_, "lengths", size_);
    if (!packed_) checksums_ = int32_column(file_, "text_checksums", size_);
  } else {
    measure();
  }
  if (!file_.has("ids")) throw InputError(path.string(), "ids", "UTF-8 [N]", "no such dataset");
  check_rows(file_, "ids", file_.shape("ids").at(0), size_);
  identity_ = digest();
}

std::string TextSet::digest() const {
  std::string text;
  if (packed_) {
    if (!attributes_.contains(kContentDigest)) throw InputError(path_.string(), kContentDigest, "a digest of the texts", "none");
    text = fmt::format("{} texts\n", size_);
  } else {
    text.assign(reinterpret_cast<const char*>(lengths_.const_data_ptr()), lengths_.nbytes());
    text.append(reinterpret_cast<const char*>(checksums_.const_data_ptr()), checksums_.nbytes());
  }
  for (const auto& [name, value] : attributes_) text += fmt::format("{} = {}\n", name, value);
  return sha256(text);
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
  if (packed_) return packed_->read(file_, begin, count);
  auto found = file_.read_string_rows(texts_dataset_, begin, count);
  if (!checksums_.defined()) return found;
  for (std::int64_t i = 0; i < count; ++i) check_text(begin + i, found[static_cast<std::size_t>(i)]);
  return found;
}

void TextSet::check_text(std::int64_t row, std::string_view text) const {
  const auto expected = checksums_.const_data_ptr<std::int32_t>()[row], found = text_checksum(text);
  if (found == expected) return;
  throw InputError(path_.string(), fmt::format("{}, row {}", texts_dataset_, row),
                   fmt::format("CRC-32 {:08x}", static_cast<std::uint32_t>(expected)),
                   fmt::format("{:08x} (damaged)", static_cast<std::uint32_t>(found)));
}

std::vector<std::string> TextSet::ids(std::int64_t begin, std::int64_t count) const {
  return file_.read_string_rows("ids", begin, count);
}

at::Tensor TextSet::labels() const { return read_labels(file_, size_); }

void TextSet::verify() const {
  const auto refuse = [&](const std::string& field, const std::string& expected, const std::string& found) {
    throw InputError(path_.string(), field, expected, found);
  };
  TextsDigest texts_digest;
  Sha256 ids_digest;
  for (std::int64_t begin = 0; begin < size_; begin += kTextsPerBlock) {
    const auto count = std::min(kTextsPerBlock, size_ - begin);
    const auto* length = lengths_.const_data_ptr<std::int32_t>() + begin;
    for (const auto& text : texts(begin, count)) {
      const auto points = static_cast<std::int32_t>(count_code_points(text));
      texts_digest.add(text);
      if (points != *length++) refuse("lengths", fmt::format("{} code points", points), fmt::format("{}", length[-1]));
    }
    add_ids(ids_digest, ids(begin, count));
  }
  const auto known = labels();
  if (!packed_) return;
  const std::string_view bytes =
      known.defined() ? std::string_view(static_cast<const char*>(known.const_data_ptr()), known.nbytes()) : std::string_view();
  const auto found = text_set_content(texts_digest.hex(), ids_digest, bytes);
  if (const auto& expected = attributes_.at(kContentDigest); found != expected) refuse(kContentDigest, expected, found);
}

} // namespace cxr
