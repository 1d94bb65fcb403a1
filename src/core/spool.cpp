#include "core/spool.h"

#include <algorithm>
#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>

#include "core/atomic_file.h"
#include "core/descriptors.h"
#include "core/error.h"

namespace cxr {
namespace {

constexpr std::size_t kSpoolBuffer = 4 << 20;

[[noreturn]] void fail(const std::filesystem::path& folder, const char* action) {
  throw std::system_error(errno, std::generic_category(), fmt::format("{}: cannot {} a temporary file", folder.string(), action));
}

} // namespace

Spool::Spool(const std::filesystem::path& beside) : folder_(std::filesystem::absolute(beside).parent_path()) {
  const auto name = temporary_name(beside.string() + ".spool");
  file_ = ::open(name.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file_ < 0) fail(folder_, "make");
  if (::unlink(name.c_str()) == 0) return;
  const int error = errno;
  ::close(file_);
  errno = error;
  fail(folder_, "take the name from");
}

Spool::~Spool() { ::close(file_); }

std::uint64_t Spool::append(std::string_view bytes) {
  const auto at = size();
  pending_.append(bytes);
  if (pending_.size() >= kSpoolBuffer) flush();
  return at;
}

void Spool::flush() {
  if (!descriptors::write_all(file_, pending_)) fail(folder_, "write");
  written_ += pending_.size();
  pending_.clear();
}

std::string_view Spool::read(std::uint64_t at, std::size_t count) {
  if (!pending_.empty()) flush();
  if (at < window_begin_ || at + count > window_begin_ + window_.size()) {
    window_begin_ = at;
    window_.resize(std::max(count, kSpoolBuffer));
    std::size_t got = 0;
    while (got < window_.size()) {
      const auto more = ::pread(file_, window_.data() + got, window_.size() - got, static_cast<off_t>(at + got));
      if (more < 0) fail(folder_, "read");
      if (more == 0) break;
      got += static_cast<std::size_t>(more);
    }
    window_.resize(got);
  }
  expects(at + count <= window_begin_ + window_.size(), "Spool: {} bytes at {} where {} were kept", count, at, written_);
  return std::string_view(window_).substr(at - window_begin_, count);
}

} // namespace cxr
