/// @file
/// Bytes on disk that nobody else sees: a file without a name, which goes with the process however it ends.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace cxr {

class Spool {
 public:
  /// @param beside the spool lies on the disk of this file. @throws std::system_error
  explicit Spool(const std::filesystem::path& beside);
  ~Spool();
  Spool(const Spool&) = delete;
  Spool& operator=(const Spool&) = delete;

  /// Keeps bytes, and says where. @throws std::system_error if the disk is full
  std::uint64_t append(std::string_view bytes);
  /// Bytes [at, at + count) of those that were kept, until the next call. Ascending places are read in one sweep over the file.
  std::string_view read(std::uint64_t at, std::size_t count);
  /// How many were kept.
  std::uint64_t size() const { return written_ + pending_.size(); }

 private:
  void flush();

  std::filesystem::path folder_;
  int file_ = -1;
  std::string pending_, window_;
  std::uint64_t written_ = 0, window_begin_ = 0;
};

} // namespace cxr
