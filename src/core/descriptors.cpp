#include "core/descriptors.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <iostream>
#include <stdexcept>

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

namespace cxr::descriptors {
namespace {

constexpr rlim_t kMostFiles = 65536; ///< a container may allow a thousand million, over which some libraries loop

[[noreturn]] void fail_to_answer() {
  throw std::runtime_error("standard output: not all of the answer could be written (a full disk, a closed pipe)");
}

} // namespace

void prepare() {
  struct Stand {
    int number;
    const char* file;
    int flags;
  };
  for (const auto& [number, file, flags] : {Stand{STDIN_FILENO, "/dev/null", O_RDONLY}, Stand{STDOUT_FILENO, "/dev/full", O_WRONLY},
                                            Stand{STDERR_FILENO, "/dev/null", O_WRONLY}}) {
    if (::fcntl(number, F_GETFD) < 0 && errno == EBADF) ::open(file, flags); // takes the lowest number, which is this one
  }
  struct rlimit files {};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0) return;
  const auto wanted = std::min(files.rlim_max, kMostFiles);
  if (files.rlim_cur >= wanted) return;
  files.rlim_cur = wanted;
  ::setrlimit(RLIMIT_NOFILE, &files);
}

void finish_output() {
  std::cout.flush();
  if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0 || !std::cout) fail_to_answer();
  // Network file systems tell of a full disk only where a file is closed.
  if (const int copy = ::dup(STDOUT_FILENO); copy >= 0 && ::close(copy) != 0) fail_to_answer();
}

bool write_all(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto written = ::write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written == 0) errno = ENOSPC;
    if (written <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

} // namespace cxr::descriptors
