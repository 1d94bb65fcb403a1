/// @file
/// Zip archives whose entries are stored, not compressed: what torch.save writes. Entries are used where they lie.
/// Reference: PKWARE's APPNOTE.TXT 6.3.9, sections 4.3 and 4.5.3 (zip64).
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "io/mapped_file.h"

namespace cxr {

class ZipFile {
 public:
  struct Entry {
    std::size_t offset = 0; ///< of the content, in the file
    std::size_t size = 0;
    std::uint32_t crc = 0;
  };

  /// Reads the central directory and checks every entry against its local header.
  /// @throws InputError if the archive is truncated or inconsistent, spans disks, or holds entries that are compressed, encrypted,
  ///   of one name, or outside the file
  explicit ZipFile(FileBytes bytes);

  const FileBytes& bytes() const { return bytes_; }
  const std::map<std::string, Entry>& entries() const { return entries_; }
  bool has(const std::string& name) const { return entries_.contains(name); }

  /// An entry whose CRC-32 holds. @throws InputError if there is none of that name, or its bytes are damaged
  const Entry& checked(const std::string& name) const;
  /// Its content.
  std::string_view read(const std::string& name) const;

 private:
  FileBytes bytes_;
  std::map<std::string, Entry> entries_;
};

} // namespace cxr
