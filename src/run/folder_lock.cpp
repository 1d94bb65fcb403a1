#include "run/folder_lock.h"

#include <cerrno>
#include <cstring>
#include <thread>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "core/log.h"
#include "core/signals.h"
#include "core/timing.h"

namespace cxr {
namespace fs = std::filesystem;
namespace {

constexpr std::chrono::milliseconds kLockPoll{200};

std::string who_am_i() {
  std::array<char, 256> host{};
  ::gethostname(host.data(), host.size() - 1);
  return fmt::format("process {} on {}, since {}", ::getpid(), host.data(), utc_now());
}

int lock_folder(const fs::path& path, IfOwned if_owned) {
  const auto name = path / kLockName;
  const int fd = ::open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (fd < 0) throw std::system_error(errno, std::generic_category(), fmt::format("{}: cannot open", name.string()));
  bool is_locked = ::flock(fd, LOCK_EX | LOCK_NB) == 0;
  if (!is_locked && errno == EWOULDBLOCK && if_owned == IfOwned::kWait) {
    log::info("{}: waits for the launch that works on it", path.string());
    while (!is_locked && !signals::received()) {
      std::this_thread::sleep_for(kLockPoll);
      is_locked = ::flock(fd, LOCK_EX | LOCK_NB) == 0;
    }
    if (!is_locked) {
      ::close(fd);
      signals::throw_if_received();
    }
  }
  if (!is_locked) {
    const int error = errno;
    std::array<char, 512> owner{};
    const auto length = ::pread(fd, owner.data(), owner.size(), 0);
    ::close(fd);
    if (error == EWOULDBLOCK) {
      throw std::runtime_error(fmt::format("{}: another launch works on this run ({})", path.string(),
                                           std::string_view(owner.data(), static_cast<std::size_t>(std::max<ssize_t>(length, 0)))));
    }
    log::warn("{}: this file system has no locks ({}): see to it that no other launch works on this run", path.string(),
              std::strerror(error));
    return -1;
  }
  const auto me = who_am_i();
  if (::ftruncate(fd, 0) != 0 || ::pwrite(fd, me.data(), me.size(), 0) < 0)
    log::warn("{}: cannot name the lock's owner", name.string());
  return fd;
}

} // namespace

FolderLock::FolderLock(const fs::path& folder, IfOwned if_owned) : fd_(lock_folder(folder, if_owned)) {}

FolderLock::FolderLock(FolderLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

FolderLock::~FolderLock() {
  if (fd_ >= 0) ::close(fd_);
}

} // namespace cxr
