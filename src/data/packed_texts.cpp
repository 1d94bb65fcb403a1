#include "data/packed_texts.h"

#include "core/error.h"

namespace cxr {
namespace {

constexpr const char* kBytes = "text_bytes";
constexpr const char* kOffsets = "text_offsets";
constexpr std::int64_t kBytesAtOnce = 16 << 20;
constexpr std::int64_t kOffsetsAtOnce = 65536;

at::Tensor as_tensor(std::string_view bytes) {
  return at::from_blob(const_cast<char*>(bytes.data()), {std::ssize(bytes)}, at::kByte); // read alone
}

} // namespace

void TextsDigest::add(std::string_view text) {
  bytes_.add(text);
  offset_ += std::ssize(text);
  add_offset();
}

void TextsDigest::add_offset() { offsets_.add({reinterpret_cast<const char*>(&offset_), sizeof(offset_)}); }

PackedTextsWriter::PackedTextsWriter(hdf5::File& file, std::int64_t rows)
    : file_(file), spool_(file.path()), offsets_(file, kOffsets, at::kLong, rows + 1) {}

void PackedTextsWriter::add(std::string_view text) {
  spool_.append(text);
  digest_.add(text);
  pending_.push_back(static_cast<std::int64_t>(spool_.size()));
  if (std::ssize(pending_) >= kOffsetsAtOnce) flush_offsets();
}

void PackedTextsWriter::flush_offsets() {
  offsets_.add(at::tensor(pending_, at::kLong));
  pending_.clear();
}

void PackedTextsWriter::write_bytes() {
  const auto total = static_cast<std::int64_t>(spool_.size());
  hdf5::BlockWriter bytes(file_, kBytes, at::kByte, total);
  for (std::int64_t begin = 0; begin < total; begin += kBytesAtOnce) {
    const auto count = static_cast<std::size_t>(std::min(kBytesAtOnce, total - begin));
    bytes.add(as_tensor(spool_.read(static_cast<std::uint64_t>(begin), count)));
  }
  bytes.finish();
}

std::string PackedTextsWriter::finish() {
  flush_offsets();
  offsets_.finish();
  write_bytes();
  return digest_.hex();
}

bool PackedTexts::are_in(const hdf5::File& file) { return file.has(kOffsets); }

PackedTexts::PackedTexts(const hdf5::File& file) : bytes_(file, kBytes, at::kByte), offsets_(file, kOffsets, at::kLong) {
  if (offsets_.size() < 1) throw InputError(file.path().string(), kOffsets, "one more than texts", "none");
}

std::vector<std::string> PackedTexts::read(const hdf5::File& file, std::int64_t begin, std::int64_t count) const {
  expects(begin >= 0 && count >= 0 && count <= size() - begin, "{}: no texts {} to {}", file.path().string(), begin, begin + count);
  const auto offsets = offsets_.read(file, begin, count + 1);
  const auto* offset = offsets.const_data_ptr<std::int64_t>();
  for (std::int64_t i = 0; i <= count; ++i) {
    const auto least = i == 0 ? 0 : offset[i - 1];
    if (offset[i] < least || offset[i] > bytes_.size())
      throw InputError(file.path().string(), fmt::format("{}, row {}", kOffsets, begin + i),
                       fmt::format("{} to {}", least, bytes_.size()), fmt::format("{}", offset[i]));
  }
  const auto bytes = bytes_.read(file, offset[0], offset[count] - offset[0]);
  std::vector<std::string> texts;
  texts.reserve(static_cast<std::size_t>(count));
  for (std::int64_t i = 0; i < count; ++i) {
    const auto* text = static_cast<const char*>(bytes.const_data_ptr()) + (offset[i] - offset[0]);
    texts.emplace_back(text, static_cast<std::size_t>(offset[i + 1] - offset[i]));
  }
  return texts;
}

} // namespace cxr
