/// @file
/// A text file to which whole lines are added: whatever happens while one is written, the lines before it and behind it stay whole.
#pragma once

#include <filesystem>
#include <string_view>

namespace cxr {

class LineFile {
 public:
  /// Opens or creates. What a process that was killed left of a last line gets an end of its own.
  /// @throws std::system_error with the path and the cause, as all methods do
  explicit LineFile(std::filesystem::path path);
  ~LineFile();
  LineFile(const LineFile&) = delete;
  LineFile& operator=(const LineFile&) = delete;

  /// Adds one line, whole or not at all. @param line with its newline
  void add(std::string_view line);
  /// Flushes to the disk.
  void sync();
  /// Closes; network file systems tell of a full disk only then.
  void close();

 private:
  std::filesystem::path path_;
  int fd_ = -1; ///< owned
};

} // namespace cxr
