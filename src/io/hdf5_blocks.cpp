#include "io/hdf5_blocks.h"

#include <zlib.h>

#include <fmt/ranges.h>

#include "core/error.h"
#include "io/hdf5_library.h"

namespace cxr::hdf5 {
namespace {

std::string checksums_of(const std::string& name) { return name + "_crc32"; }

std::uint32_t crc_of(std::uint32_t crc, const std::uint8_t* bytes, std::int64_t count) {
  return static_cast<std::uint32_t>(::crc32_z(crc, bytes, static_cast<z_size_t>(count)));
}

std::int64_t blocks(std::int64_t bytes) { return (bytes + kCrcBlockBytes - 1) / kCrcBlockBytes; }

const std::uint8_t* bytes_of(const at::Tensor& values) { return static_cast<const std::uint8_t*>(values.const_data_ptr()); }

} // namespace

BlockWriter::BlockWriter(File& file, std::string name, at::ScalarType dtype, std::int64_t size)
    : file_(file), name_(std::move(name)), size_(size) {
  file_.create_in_one_piece(name_, dtype, size);
}

void BlockWriter::add(const at::Tensor& values) {
  expects(values.dim() == 1 && written_ + values.numel() <= size_, "{}: {} elements behind {} of {}", name_, values.numel(),
          written_, size_);
  const auto data = values.contiguous();
  file_.write_rows(name_, written_, data);
  written_ += data.numel();
  const auto* bytes = bytes_of(data);
  for (auto left = static_cast<std::int64_t>(data.nbytes()); left > 0;) {
    const auto count = std::min(left, kCrcBlockBytes - in_block_);
    crc_ = crc_of(crc_, bytes, count);
    bytes += count;
    left -= count;
    in_block_ += count;
    if (in_block_ < kCrcBlockBytes) continue;
    checksums_.push_back(static_cast<std::int32_t>(crc_));
    in_block_ = crc_ = 0;
  }
}

void BlockWriter::finish() {
  expects(written_ == size_, "{}: {} elements where {} were announced", name_, written_, size_);
  if (in_block_ > 0) checksums_.push_back(static_cast<std::int32_t>(crc_));
  file_.write(checksums_of(name_), at::tensor(checksums_, at::kInt));
}

BlockReader::BlockReader(const File& file, std::string name, at::ScalarType dtype) : name_(std::move(name)) {
  const auto refuse = [&](const std::string& field, const std::string& expected, const std::string& found) {
    throw InputError(file.path().string(), field, expected, found);
  };
  const auto describe = [&](const std::string& dataset) {
    return fmt::format("{} [{}]", c10::toString(file.dtype(dataset)), fmt::join(file.shape(dataset), ","));
  };
  const auto shape = file.shape(name_);
  if (shape.size() != 1 || file.is_string(name_) || file.dtype(name_) != dtype)
    refuse(name_, fmt::format("{} [N]", c10::toString(dtype)), describe(name_));
  size_ = shape[0];
  const auto element = static_cast<std::int64_t>(c10::elementSize(dtype));
  per_block_ = kCrcBlockBytes / element;
  const auto checksums = checksums_of(name_);
  const auto expected = blocks(size_ * element);
  if (file.shape(checksums) != std::vector{expected} || file.dtype(checksums) != at::kInt)
    refuse(checksums, fmt::format("Int [{}], one for each 64 KiB", expected), describe(checksums));
  checksums_ = file.read(checksums);
}

void BlockReader::check(const File& file, std::int64_t block, const at::Tensor& values) const {
  const auto expected = static_cast<std::uint32_t>(checksums_.const_data_ptr<std::int32_t>()[block]);
  const auto found = crc_of(0, bytes_of(values), static_cast<std::int64_t>(values.nbytes()));
  if (found == expected) return;
  throw InputError(file.path().string(), fmt::format("{}, elements from {}", name_, block * per_block_),
                   fmt::format("CRC-32 {:08x}", expected), fmt::format("{:08x} (damaged)", found));
}

at::Tensor BlockReader::read(const File& file, std::int64_t begin, std::int64_t count) const {
  expects(begin >= 0 && count >= 0 && count <= size_ - begin, "{}: no elements {} to {}", name_, begin, begin + count);
  if (count == 0) return file.read_rows(name_, begin, 0);
  const auto first = begin / per_block_, last = (begin + count - 1) / per_block_;
  const auto from = first * per_block_, to = std::min((last + 1) * per_block_, size_);
  const auto values = file.read_rows(name_, from, to - from);
  for (auto block = first; block <= last; ++block) {
    const auto at = block * per_block_ - from;
    check(file, block, values.narrow(0, at, std::min(per_block_, values.numel() - at)));
  }
  return values.narrow(0, begin - from, count);
}

} // namespace cxr::hdf5
