#include "study/process.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <string_view>
#include <system_error>

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fmt/format.h>

#include "core/error.h"

namespace cxr::study {
namespace {

constexpr int kCannotStart = 127; ///< as shells have it

int open_log(const std::filesystem::path& log) {
  const int fd = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (fd < 0) throw std::system_error(errno, std::generic_category(), fmt::format("{}: cannot write", log.string()));
  return fd;
}

/// What a launcher of ranks tells the process that it started, and only that one: a child that had it would take itself for that
/// rank. Settings that a person made (OMPI_ALLOW_RUN_AS_ROOT, OMPI_MCA_btl, …) are not among them.
bool is_of_a_rank(const std::string& entry) {
  constexpr std::array<std::string_view, 19> kPrefixes = {"OMPI_COMM_WORLD_",
                                                          "OMPI_UNIVERSE_SIZE=",
                                                          "OMPI_APP_CTX_NUM_PROCS=",
                                                          "OMPI_FIRST_RANKS=",
                                                          "OMPI_FILE_LOCATION=",
                                                          "OMPI_NUM_APP_CTX=",
                                                          "OMPI_COMMAND=",
                                                          "OMPI_ARGV=",
                                                          "OMPI_MCA_ess=",
                                                          "OMPI_MCA_ess_",
                                                          "OMPI_MCA_pmix=",
                                                          "OMPI_MCA_shmem_RUNTIME_QUERY_hint=",
                                                          "OMPI_MCA_orte_",
                                                          "OMPI_MCA_initial_wdir=",
                                                          "OMPI_MCA_mpi_yield_when_idle=",
                                                          "OMPI_MCA_mpi_oversubscribe=",
                                                          "PMIX_",
                                                          "PMI_",
                                                          "PRTE_"};
  return std::ranges::any_of(kPrefixes, [&](std::string_view prefix) { return entry.starts_with(prefix); }) &&
         !entry.starts_with("PRTE_MCA_");
}

/// This process's environment with additions, as exec takes it.
std::vector<std::string> environment_with(const std::vector<std::pair<std::string, std::string>>& additions) {
  std::vector<std::string> environment;
  for (char** entry = environ; *entry; ++entry) {
    const std::string text = *entry;
    const auto is_replaced = [&](const auto& addition) { return text.starts_with(addition.first + "="); };
    if (!is_of_a_rank(text) && std::ranges::none_of(additions, is_replaced)) environment.push_back(text);
  }
  for (const auto& [name, value] : additions) environment.push_back(fmt::format("{}={}", name, value));
  return environment;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> list;
  for (auto& text : texts) list.push_back(text.data());
  list.push_back(nullptr);
  return list;
}

/// In the child, where only what is safe in a signal handler may be called.
[[noreturn]] void become(char* const* arguments, char* const* environment, const char* folder, int log, pid_t parent) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (::getppid() != parent) ::_exit(kCannotStart); // it died before prctl
  for (const int signal : {SIGINT, SIGTERM, SIGUSR1, SIGPIPE}) ::signal(signal, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr); // this program's threads leave the signals to one of them
  ::dup2(::open("/dev/null", O_RDONLY), STDIN_FILENO);
  ::dup2(log, STDOUT_FILENO);
  ::dup2(log, STDERR_FILENO);
  if (::chdir(folder) == 0) ::execvpe(arguments[0], arguments, environment);
  constexpr char kMessage[] = "cxr: cannot start this program\n";
  if (::write(STDERR_FILENO, kMessage, sizeof kMessage - 1) < 0) ::_exit(kCannotStart);
  ::_exit(kCannotStart);
}

} // namespace

Process::Process(const Launch& launch) {
  expects(!launch.command.empty(), "a launch without a command");
  auto arguments = launch.command;
  auto environment = environment_with(launch.environment);
  const auto argument_list = pointers(arguments), environment_list = pointers(environment);
  const int log = open_log(launch.log);
  const auto parent = ::getpid();
  pid_ = ::fork();
  if (pid_ == 0) become(argument_list.data(), environment_list.data(), launch.folder.c_str(), log, parent);
  const int error = errno;
  ::close(log);
  if (pid_ < 0) throw std::system_error(error, std::generic_category(), "cannot start a process");
}

Process::~Process() {
  if (pid_ <= 0) return;
  signal(SIGUSR1);
  wait(0);
}

std::optional<Exit> Process::poll() { return wait(WNOHANG); }

void Process::signal(int signal) const {
  if (pid_ > 0) ::kill(pid_, signal);
}

std::optional<Exit> Process::wait(int options) {
  int status = 0;
  rusage usage{};
  pid_t ended = 0;
  do ended = ::wait4(pid_, &status, options, &usage);
  while (ended < 0 && errno == EINTR);
  if (ended != pid_) return std::nullopt;
  pid_ = -1;
  constexpr std::int64_t kKilobyte = 1024; // as Linux counts ru_maxrss
  return Exit{.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
              .seconds = clock_.seconds(),
              .peak_memory_bytes = usage.ru_maxrss * kKilobyte};
}

} // namespace cxr::study
