#include "core/atomic_file.h"

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>

#include <fmt/format.h>

namespace cxr {
namespace fs = std::filesystem;
namespace {

[[noreturn]] void fail(const char* what, const fs::path& path) {
  throw std::system_error(errno, std::generic_category(), fmt::format("{}: {}", path.string(), what));
}

class FileDescriptor {
 public:
  FileDescriptor(const fs::path& path, int flags, const char* what) : fd_(::open(path.c_str(), flags | O_CLOEXEC)) {
    if (fd_ < 0) fail(what, path);
  }
  ~FileDescriptor() { ::close(fd_); }
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

// "1234 (cxr) S …": a number that another program has got since, or one that is dead and not yet taken note of, is no launch of
// ours.
bool is_ours_at_work(pid_t process) {
  std::ifstream stat(fmt::format("/proc/{}/stat", process)), mine("/proc/self/comm");
  std::string line, program;
  if (!std::getline(stat, line) || !std::getline(mine, program)) return ::kill(process, 0) == 0 || errno == EPERM;
  const auto open = line.find('('), close = line.rfind(") ");
  if (open == line.npos || close == line.npos || close + 2 >= line.size()) return true;
  return line.substr(open + 1, close - open - 1) == program && line[close + 2] != 'Z' && line[close + 2] != 'X';
}

void flush_folder(const fs::path& file) {
  const auto folder = folder_of(file);
  const FileDescriptor fd(folder, O_RDONLY | O_DIRECTORY, "cannot open the folder");
  // Some network file systems refuse to flush a folder; the rename itself is atomic all the same.
  if (::fsync(fd.get()) != 0 && errno != EINVAL && errno != ENOTSUP) fail("cannot flush the folder", folder);
}

} // namespace

fs::path folder_of(const fs::path& file) { return file.has_parent_path() ? file.parent_path() : fs::path("."); }

fs::path temporary_name(const fs::path& target) {
  auto name = target;
  name += fmt::format(".tmp-{}", ::getpid());
  return name;
}

bool is_temporary(const fs::path& path) { return path.filename().string().find(".tmp-") != std::string::npos; }

void remove_temporaries(const fs::path& folder) {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    if (is_temporary(entry.path())) fs::remove_all(entry.path(), ignored);
  }
}

void remove_temporaries_of(const fs::path& target) {
  const auto mark = target.filename().string() + ".tmp-";
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder_of(target), ignored)) {
    const auto name = entry.path().filename().string();
    if (!name.starts_with(mark)) continue;
    const auto process = static_cast<pid_t>(std::strtol(name.c_str() + mark.size(), nullptr, 10));
    if (process > 0 && !is_ours_at_work(process)) fs::remove_all(entry.path(), ignored);
  }
}

void commit_file(const fs::path& file, const fs::path& target) {
  {
    const FileDescriptor fd(file, O_RDONLY, "cannot open");
    if (::fsync(fd.get()) != 0) fail("cannot flush", file);
  }
  if (::rename(file.c_str(), target.c_str()) != 0) fail("cannot rename to its final name", file);
  flush_folder(target);
}

AtomicFile::AtomicFile(fs::path target) : target_(std::move(target)), temporary_(temporary_name(target_)) {}

AtomicFile::~AtomicFile() {
  if (committed_) return;
  std::error_code ignored;
  fs::remove(temporary_, ignored);
}

void AtomicFile::commit() {
  commit_file(temporary_, target_);
  committed_ = true;
}

void write_file_atomically(const fs::path& target, std::string_view content, FileMode mode) {
  AtomicFile file(target);
  OutputFile out(file.path(), target, mode);
  out.write(content);
  out.close();
  file.commit();
}

} // namespace cxr
