/// @file
/// Datasets in one piece, which a reader can map into memory. HDF5 has no checksums for these, so each has its own beside it:
///
///     /NAME [N] contiguous   /NAME_crc32 int32 [⌈N · element / 65,536⌉] (zlib's CRC-32 of each block of 64 KiB)
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "io/hdf5.h"

namespace cxr::hdf5 {

inline constexpr std::int64_t kCrcBlockBytes = 64 << 10;

/// Writes such a dataset from its first element to its last.
class BlockWriter {
 public:
  /// @param size the elements that will come  @throws std::runtime_error naming the file
  BlockWriter(File& file, std::string name, at::ScalarType dtype, std::int64_t size);

  /// The next elements. @param values 1-D, of the dataset's type  @throws std::runtime_error naming the file
  void add(const at::Tensor& values);
  /// After the last: writes the checksums. @throws LogicError if elements are missing
  void finish();

 private:
  File& file_;
  std::string name_;
  std::int64_t size_, written_ = 0, in_block_ = 0; ///< bytes of the block that is not full
  std::uint32_t crc_ = 0;                          ///< of these
  std::vector<std::int32_t> checksums_;
};

/// Reads ranges of such a dataset, each with the blocks that it touches checked.
class BlockReader {
 public:
  BlockReader() = default;
  /// @throws InputError if the dataset is of another type or layout, or its checksums are absent or too few
  BlockReader(const File& file, std::string name, at::ScalarType dtype);

  std::int64_t size() const { return size_; }
  /// Elements [begin, begin + count). @param file the reader's  @throws InputError naming a block that is damaged
  at::Tensor read(const File& file, std::int64_t begin, std::int64_t count) const;

 private:
  void check(const File& file, std::int64_t block, const at::Tensor& values) const;

  std::string name_;
  std::int64_t size_ = 0, per_block_ = 1; ///< elements
  at::Tensor checksums_;                  ///< int32, one a block
};

} // namespace cxr::hdf5
