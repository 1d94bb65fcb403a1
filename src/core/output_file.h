/// @file
/// A file that is written from its beginning: in large pieces, as file systems of many disks like it, and with every result looked
/// at.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace cxr {

/// Who may do what with a file, before the process's umask: everyone may read and write, or the owner alone.
enum class FileMode : unsigned { kUsual = 0666, kPrivate = 0600 };

class OutputFile {
 public:
  /// Creates the file, or empties it. @param named what messages call it: the name that a temporary file will get
  /// @throws std::system_error with that name and the cause, as all methods do
  explicit OutputFile(const std::filesystem::path& path, std::filesystem::path named = {}, FileMode mode = FileMode::kUsual);
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  /// Adds bytes; up to 4 MiB of small ones wait for the next.
  void write(std::string_view bytes);
  /// Writes what waits, and closes: a file counts only then.
  void close();

 private:
  void put(std::string_view bytes);

  std::filesystem::path name_;
  int fd_ = -1; ///< owned
  std::string pending_;
};

} // namespace cxr
