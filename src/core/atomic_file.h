/// @file
/// Files that are whole or absent at every instant: a temporary name beside the target, fsync, rename, fsync of the folder.
#pragma once

#include <filesystem>
#include <string_view>

#include "core/output_file.h"

namespace cxr {

/// Where a file lies: "." for a bare name.
std::filesystem::path folder_of(const std::filesystem::path& file);
/// A name beside `target` that no reader takes for a result and no other process uses.
std::filesystem::path temporary_name(const std::filesystem::path& target);
/// Whether a file or folder has such a name.
bool is_temporary(const std::filesystem::path& path);
/// Removes what processes that were killed left half-written in `folder`, files and folders. Only the folder's owner may.
void remove_temporaries(const std::filesystem::path& folder);
/// Removes what killed processes left half-written of `target` itself, which has no folder of its own. What a process of this
/// machine that still runs has under way stays.
void remove_temporaries_of(const std::filesystem::path& target);

/// Flushes `file`, which may be a folder of flushed files, to the disk, then renames it to `target` and flushes the folder.
/// @throws std::system_error with the path and the cause (a full disk, say); `target` is untouched then
void commit_file(const std::filesystem::path& file, const std::filesystem::path& target);

/// Writes `content` to `target` by way of a temporary file. An earlier `target` is replaced whole or not at all, its mode too.
void write_file_atomically(const std::filesystem::path& target, std::string_view content, FileMode mode = FileMode::kUsual);

/// Owns a temporary name: the file is removed when the object goes, unless commit() moved it to its target.
class AtomicFile {
 public:
  explicit AtomicFile(std::filesystem::path target);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;
  AtomicFile(AtomicFile&&) = delete;
  AtomicFile& operator=(AtomicFile&&) = delete;

  /// Where to write until commit().
  const std::filesystem::path& path() const { return temporary_; }
  /// Call once the file is written and closed.
  void commit();

 private:
  std::filesystem::path target_;
  std::filesystem::path temporary_;
  bool committed_ = false;
};

} // namespace cxr
