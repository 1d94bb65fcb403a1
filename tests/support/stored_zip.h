/// @file
/// Zip archives of stored entries, built by hand: the frame around a hostile pickle.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <boost/crc.hpp>

#include "support/memory_file.h"

namespace cxr::test {

/// Name and content.
using ZipContent = std::vector<std::pair<std::string, std::string>>;

inline std::uint32_t crc32_of(const std::string& content) {
  boost::crc_32_type crc;
  crc.process_bytes(content.data(), content.size());
  return crc.checksum();
}

/// Flags, method, time, date, CRC, sizes and the name's length, which local and central headers share.
inline std::string zip_fields(const std::string& name, const std::string& content) {
  return bytes_of<std::uint16_t>(0) + bytes_of<std::uint16_t>(0) + bytes_of<std::uint32_t>(0) + bytes_of(crc32_of(content)) +
         bytes_of(static_cast<std::uint32_t>(content.size())) + bytes_of(static_cast<std::uint32_t>(content.size())) +
         bytes_of(static_cast<std::uint16_t>(name.size()));
}

/// An archive of these entries, in their order, without a comment and without zip64 records.
inline std::string stored_zip(const ZipContent& entries) {
  std::string archive, directory;
  for (const auto& [name, content] : entries) {
    const auto fields = zip_fields(name, content);
    directory += std::string("PK\x01\x02") + bytes_of<std::uint16_t>(20) + bytes_of<std::uint16_t>(20) + fields +
                 std::string(12, '\0') + bytes_of(static_cast<std::uint32_t>(archive.size())) + name;
    archive += std::string("PK\x03\x04") + bytes_of<std::uint16_t>(20) + fields + std::string(2, '\0') + name + content;
  }
  const auto count = bytes_of(static_cast<std::uint16_t>(entries.size()));
  return archive + directory + "PK\x05\x06" + std::string(4, '\0') + count + count +
         bytes_of(static_cast<std::uint32_t>(directory.size())) + bytes_of(static_cast<std::uint32_t>(archive.size())) +
         std::string(2, '\0');
}

} // namespace cxr::test
