/// @file
/// Tar archives (POSIX ustar and pax, GNU long names), member by member. What is not asked for is seeked past, not read.
/// Reference: POSIX.1-2017, pax, "ustar Interchange Format" and "pax Interchange Format"; GNU tar manual, "Basic Tar Format".
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

namespace cxr {

class TarFile {
 public:
  /// @throws InputError if the file is absent, empty or unreadable
  explicit TarFile(const std::filesystem::path& path);
  ~TarFile();
  TarFile(const TarFile&) = delete;
  TarFile& operator=(const TarFile&) = delete;

  struct Member {
    std::string name;
    std::uint64_t size = 0; ///< bytes
  };
  /// The next regular file; none after the last.
  /// @throws InputError (file, byte) for a header that is none, or an archive that is cut short or has no end
  std::optional<Member> next();
  /// The content of the member that next() returned. @throws InputError if it is larger than 1 GiB
  std::string read();

 private:
  struct Bytes;
  std::optional<Member> header(std::uint64_t at, char& type);
  [[noreturn]] void refuse(std::uint64_t at, const std::string& expected, const std::string& found) const;

  std::unique_ptr<Bytes> bytes_;
  Member member_;
  std::uint64_t content_ = 0; ///< where the member's content begins
  std::uint64_t next_ = 0;    ///< where the next header begins
};

} // namespace cxr
