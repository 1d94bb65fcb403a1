/// @file
/// Zip archives. Stored entries (what torch.save writes) are used where they lie, deflated ones are inflated one by one.
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
    std::size_t offset = 0;     ///< of the content, in the file
    std::size_t size = 0;       ///< inflated
    std::size_t compressed = 0; ///< in the file
    std::uint32_t crc = 0;
    bool deflated = false;
  };

  /// Reads the central directory and checks every entry against its local header.
  /// @throws InputError if the archive is truncated or inconsistent, spans disks, or holds entries that are encrypted, compressed
  /// by
  ///   another method than deflate, of one name, or outside the file
  explicit ZipFile(FileBytes bytes);

  const FileBytes& bytes() const { return bytes_; }
  const std::map<std::string, Entry>& entries() const { return entries_; }
  bool has(const std::string& name) const { return entries_.contains(name); }

  /// A stored entry whose CRC-32 holds. @throws InputError if there is none of that name, it is deflated, or its bytes are damaged
  const Entry& checked(const std::string& name) const;
  /// Its content.
  std::string_view read(const std::string& name) const;
  /// A copy of an entry's content, stored or deflated. Safe from several threads.
  /// @throws InputError if there is none of that name, it is damaged, or larger than 2 GiB
  std::string inflated(const std::string& name) const;

 private:
  const Entry& find(const std::string& name) const;
  void check_crc(const std::string& name, const Entry& entry, std::string_view content) const;

  FileBytes bytes_;
  std::map<std::string, Entry> entries_;
};

} // namespace cxr
