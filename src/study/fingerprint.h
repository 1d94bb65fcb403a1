/// @file
/// Digests of files and folders, by which a study tells whether anything changed. A file whose size and time are as they were is
/// not read again.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

namespace cxr::study {

/// What was made or read: SHA-256 of the content, and its size.
struct Fingerprint {
  std::string digest; ///< empty: nothing is there
  std::int64_t bytes = 0;
};

/// Digests of files by path, size and time of change, kept in a file between launches.
class DigestCache {
 public:
  /// @param file JSON; one that is absent or damaged is an empty cache
  explicit DigestCache(std::filesystem::path file);
  /// Lower-case hexadecimal SHA-256 of a file's content.
  std::string of_file(const std::filesystem::path& path);
  /// Writes what is new.
  void save();

 private:
  struct Entry {
    std::uintmax_t bytes = 0;
    std::int64_t changed = 0; ///< nanoseconds
    std::string digest;
  };
  std::filesystem::path file_;
  std::map<std::string, Entry> entries_; ///< by the digest of the path
  bool is_new_ = false;
};

/// Of a step's result: a file, or a folder without what it keeps for itself alone (shards/, checkpoints/, caches, logs, locks).
Fingerprint result_fingerprint(const std::filesystem::path& path, DigestCache& cache);

/// Of an input. A folder's is that of its files, its subfolders' among them; of one with more than kMaxInputFiles, such as a data
/// set's, it is that of the files in the folder itself and of the names of its subfolders.
Fingerprint input_fingerprint(const std::filesystem::path& path, DigestCache& cache);

inline constexpr std::size_t kMaxInputFiles = 1000;

} // namespace cxr::study
