/// @file
/// Texts of any length in two datasets that lie in one piece each and have checksums (io/hdf5_blocks.h), so that they can be
/// mapped:
///
///     /text_bytes uint8 [B] (UTF-8, one text after the other)   /text_offsets int64 [N+1] (text i: bytes [o[i], o[i+1]))
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/digest.h"
#include "core/spool.h"
#include "io/hdf5_blocks.h"

namespace cxr {

/// SHA-256 of all offsets behind that of all bytes, taken text by text.
class TextsDigest {
 public:
  TextsDigest() { add_offset(); }
  void add(std::string_view text);
  /// Of the texts so far. Lower-case hexadecimal
  std::string hex() const { return sha256(bytes_.hex() + offsets_.hex()); }

 private:
  void add_offset();

  Sha256 bytes_, offsets_;
  std::int64_t offset_ = 0; ///< where the next text begins
};

/// Writes such texts, as many as one likes: their bytes wait on disk until their number is known.
class PackedTextsWriter {
 public:
  /// @param file to be closed after finish()  @param rows how many texts will be added
  PackedTextsWriter(hdf5::File& file, std::int64_t rows);

  void add(std::string_view text);
  /// After the last. @return the texts' TextsDigest  @throws LogicError if texts are missing
  std::string finish();

 private:
  void flush_offsets();
  void write_bytes();

  hdf5::File& file_;
  Spool spool_;
  hdf5::BlockWriter offsets_;
  std::vector<std::int64_t> pending_{0}; ///< offsets not yet in the file
  TextsDigest digest_;
};

/// Reads them.
class PackedTexts {
 public:
  /// Whether the file has such texts.
  static bool are_in(const hdf5::File& file);
  /// @throws InputError for datasets of other types, or none
  explicit PackedTexts(const hdf5::File& file);

  std::int64_t size() const { return offsets_.size() - 1; }
  /// Texts [begin, begin + count). @throws InputError if their bytes or offsets are damaged
  std::vector<std::string> read(const hdf5::File& file, std::int64_t begin, std::int64_t count) const;

 private:
  hdf5::BlockReader bytes_, offsets_;
};

} // namespace cxr
