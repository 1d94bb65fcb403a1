#include "core/line_file.h"

#include <cerrno>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include "core/descriptors.h"

namespace cxr {
namespace {

[[noreturn]] void fail_on_line(const char* what, const std::filesystem::path& path, int error = errno) {
  throw std::system_error(error, std::generic_category(), fmt::format("{}: {}", path.string(), what));
}

} // namespace

LineFile::LineFile(std::filesystem::path path)
    : path_(std::move(path)), fd_(::open(path_.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666)) {
  if (fd_ < 0) fail_on_line("cannot open", path_);
  try {
    struct stat status {};
    char last = '\n';
    if (::fstat(fd_, &status) != 0) fail_on_line("cannot read", path_);
    if (status.st_size > 0 && ::pread(fd_, &last, 1, status.st_size - 1) != 1) fail_on_line("cannot read", path_);
    if (last != '\n') add("\n");
  } catch (...) {
    ::close(fd_);
    throw;
  }
}

LineFile::~LineFile() {
  if (fd_ >= 0) ::close(fd_);
}

void LineFile::add(std::string_view bytes) {
  const auto begin = ::lseek(fd_, 0, SEEK_END);
  if (descriptors::write_all(fd_, bytes)) return;
  const int error = errno;
  if (begin >= 0 && ::ftruncate(fd_, begin) != 0) fail_on_line("cannot take a cut line back", path_);
  fail_on_line("cannot write", path_, error);
}

void LineFile::sync() {
  if (::fsync(fd_) != 0) fail_on_line("cannot flush", path_);
}

void LineFile::close() {
  if (::close(std::exchange(fd_, -1)) != 0) fail_on_line("cannot close", path_);
}

} // namespace cxr
