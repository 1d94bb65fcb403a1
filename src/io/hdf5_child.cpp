#include "io/hdf5_child.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fstream>
#include <optional>
#include <system_error>

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/descriptors.h"
#include "core/error.h"
#include "io/hdf5_library.h"

namespace cxr::hdf5 {
namespace {

constexpr std::int64_t kRowsPerMessage = 8192;
constexpr int kSilentSeconds = 60;              // without a message: then it never comes back
constexpr rlim_t kSpareBytes = rlim_t{1} << 30; // for all but the strings
constexpr rlim_t kBytesOfFile = 8;              // memory for a byte of the file: pointers, HDF5's caches, messages

/// What stands before a message's bytes.
struct Header {
  enum Kind : std::uint64_t { kStrings, kRefusal } kind;
  std::uint64_t bytes;
};

rlim_t address_space() {
  std::uint64_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  return pages * static_cast<rlim_t>(::sysconf(_SC_PAGESIZE));
}

// What a limit of this machine forbids to set stays as it is.
void limit_child(rlim_t memory_bytes) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (const int nowhere = ::open("/dev/null", O_WRONLY | O_CLOEXEC); nowhere >= 0)
    ::dup2(nowhere, STDERR_FILENO);                                                               // malloc's last words
  for (const int crash : {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL}) std::signal(crash, SIG_DFL); // MPI's print a stack
  const rlimit no_core{0, 0};
  ::setrlimit(RLIMIT_CORE, &no_core);
  rlimit memory{};
  ::getrlimit(RLIMIT_AS, &memory);
  memory.rlim_cur = std::min(memory.rlim_max, memory_bytes);
  ::setrlimit(RLIMIT_AS, &memory);
}

bool send(int pipe, Header::Kind kind, std::string_view content) {
  const Header header{kind, content.size()};
  return descriptors::write_all(pipe, {reinterpret_cast<const char*>(&header), sizeof(header)}) &&
         descriptors::write_all(pipe, content);
}

std::string packed(const std::vector<std::string>& strings) {
  std::string bytes;
  for (const auto& text : strings) {
    const std::uint64_t size = text.size();
    bytes.append(reinterpret_cast<const char*>(&size), sizeof(size)).append(text);
  }
  return bytes;
}

void append_packed(std::vector<std::string>& strings, std::string_view bytes) {
  while (!bytes.empty()) {
    std::uint64_t size = 0;
    std::memcpy(&size, bytes.data(), sizeof(size));
    strings.emplace_back(bytes.substr(sizeof(size), size));
    bytes.remove_prefix(sizeof(size) + size);
  }
}

// Of the child: whether all rows were sent.
bool send_all(int pipe, std::int64_t count, const ReadStrings& read) {
  try {
    for (std::int64_t begin = 0; begin < count; begin += kRowsPerMessage) {
      if (!send(pipe, Header::kStrings, packed(read(begin, std::min(kRowsPerMessage, count - begin))))) return false;
    }
    return true;
  } catch (const InputError& error) {
    send(pipe, Header::kRefusal, error.found());
  } catch (const std::exception&) {
    send(pipe, Header::kRefusal, "strings that take more memory than the file has bytes");
  }
  return false;
}

/// The reading side.
class Child {
 public:
  Child(std::int64_t count, const ReadStrings& read, rlim_t file_bytes) {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::system_error(errno, std::generic_category(), "a pipe");
    pipe_ = ends[0];
    const auto memory = address_space() + kSpareBytes + kBytesOfFile * file_bytes;
    process_ = ::fork();
    if (process_ == 0) {
      ::close(ends[0]);
      limit_child(memory);
      Library::take_over_in_child();
      ::_exit(send_all(ends[1], count, read) ? 0 : 1);
    }
    ::close(ends[1]);
    if (process_ < 0) throw std::system_error(errno, std::generic_category(), "a child process to read strings");
  }
  ~Child() {
    ::close(pipe_);
    if (process_ <= 0) return;
    ::kill(process_, SIGKILL);
    end();
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  /// Exactly `count` bytes, or nothing: the child ended or is silent.
  std::optional<std::string> read(std::size_t count) {
    std::string bytes;
    std::array<char, 65536> buffer{};
    while (bytes.size() < count) {
      if (!wait_for_bytes()) return {};
      const auto got = ::read(pipe_, buffer.data(), std::min(buffer.size(), count - bytes.size()));
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) return {};
      bytes.append(buffer.data(), static_cast<std::size_t>(got));
    }
    return bytes;
  }

  /// How it ended, once nothing more comes.
  std::string end() {
    int status = 0;
    if (is_silent_) ::kill(process_, SIGKILL);
    while (::waitpid(process_, &status, 0) < 0 && errno == EINTR) {
    }
    process_ = 0;
    if (is_silent_) return fmt::format("strings that HDF5 does not find in {} s", kSilentSeconds);
    if (WIFSIGNALED(status)) return fmt::format("strings over which HDF5 crashes ({})", ::strsignal(WTERMSIG(status)));
    return "strings that HDF5 does not find";
  }

 private:
  // Counted by the second, so that a job that was stopped and goes on has not been silent.
  bool wait_for_bytes() {
    for (int second = 0; second < kSilentSeconds;) {
      pollfd watched{.fd = pipe_, .events = POLLIN, .revents = 0};
      const int ready = ::poll(&watched, 1, 1000);
      if (ready > 0) return true;
      if (ready == 0) ++second;
    }
    is_silent_ = true;
    return false;
  }

  int pipe_ = -1;
  pid_t process_ = -1;
  bool is_silent_ = false;
};

} // namespace

std::vector<std::string> strings_from_child(const File& file, const std::string& object, std::int64_t count,
                                            const ReadStrings& read) {
  const auto refuse = [&](const std::string& found) { throw InputError(file.path().string(), object, "undamaged data", found); };
  const auto bytes = std::filesystem::file_size(file.path());
  Child child(count, read, bytes);
  std::vector<std::string> strings;
  while (std::ssize(strings) < count) {
    const auto head = child.read(sizeof(Header));
    if (!head) refuse(child.end());
    Header header{};
    std::memcpy(&header, head->data(), sizeof(header));
    const auto content = child.read(header.bytes);
    if (!content) refuse(child.end());
    if (header.kind == Header::kRefusal) refuse(*content);
    append_packed(strings, *content);
  }
  return strings;
}

} // namespace cxr::hdf5
