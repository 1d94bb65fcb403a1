#include "core/output_file.h"

#include <cerrno>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include <fmt/format.h>

#include "core/descriptors.h"

namespace cxr {
namespace {

constexpr std::size_t kPiece = 4 << 20;

[[noreturn]] void fail_on_output(const char* what, const std::filesystem::path& name) {
  throw std::system_error(errno, std::generic_category(), fmt::format("{}: {}", name.string(), what));
}

} // namespace

OutputFile::OutputFile(const std::filesystem::path& path, std::filesystem::path named, FileMode mode)
    : name_(named.empty() ? path : std::move(named)),
      fd_(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, static_cast<mode_t>(mode))) {
  if (fd_ < 0) fail_on_output("cannot create", name_);
}

OutputFile::~OutputFile() {
  if (fd_ >= 0) ::close(fd_);
}

void OutputFile::write(std::string_view bytes) {
  if (pending_.size() + bytes.size() > kPiece) {
    put(pending_);
    pending_.clear();
  }
  if (bytes.size() > kPiece) return put(bytes);
  pending_.append(bytes);
}

void OutputFile::close() {
  put(std::exchange(pending_, {}));
  if (::close(std::exchange(fd_, -1)) != 0) fail_on_output("cannot close", name_);
}

void OutputFile::put(std::string_view bytes) {
  if (!descriptors::write_all(fd_, bytes)) fail_on_output("cannot write", name_);
}

} // namespace cxr
