/// @file
/// One launch works in a folder at a time.
#pragma once

#include <filesystem>

namespace cxr {

/// What becomes of a launch that finds its folder in another's hands.
enum class IfOwned { kRefuse, kWait };

/// Locks a folder for as long as the object or this process lives, however that ends. flock also works over NFS (Linux makes it a
/// lock on the server) unless the mount says nolock or local_lock: then two hosts can both think that they own it. Where the file
/// system has no locks it warns and goes on.
class FolderLock {
 public:
  /// @throws std::runtime_error if another launch has it, naming its host and process; with kWait it waits, Interrupted by a signal
  FolderLock(const std::filesystem::path& folder, IfOwned if_owned);
  ~FolderLock();
  FolderLock(FolderLock&& other) noexcept;
  FolderLock& operator=(FolderLock&&) = delete;
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

 private:
  int fd_; ///< owned descriptor of the locked file; -1: none
};

/// The file's name within the folder.
inline constexpr const char* kLockName = ".lock";

} // namespace cxr
