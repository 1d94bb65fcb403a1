#include "study/slurm_commands.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <sstream>
#include <system_error>
#include <thread>

#include <fcntl.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fmt/format.h>

#include "core/log.h"
#include "core/signals.h"
#include "study/template_text.h"

namespace cxr::study {
namespace {

using std::chrono::milliseconds;
constexpr milliseconds kCommandPoll{20}, kLongest{300'000}, kFirstWait{1000}, kLongestWait{15'000};
constexpr int kNotFound = 127, kTimedOut = 124; ///< as shells and timeout(1) have it
constexpr double kUsualPatience = 60;           ///< s

/// A file in memory that takes what a command prints.
class Capture {
 public:
  Capture() : fd_(::memfd_create("slurm", MFD_CLOEXEC)) {
    if (fd_ < 0) throw std::system_error(errno, std::generic_category(), "cannot hold a command's output");
  }
  ~Capture() { ::close(fd_); }
  Capture(const Capture&) = delete;
  Capture& operator=(const Capture&) = delete;
  int fd() const { return fd_; }
  std::string text() const {
    std::string text;
    std::array<char, 4096> buffer{};
    ::lseek(fd_, 0, SEEK_SET);
    for (ssize_t count = 0; (count = ::read(fd_, buffer.data(), buffer.size())) > 0;)
      text.append(buffer.data(), static_cast<std::size_t>(count));
    return text;
  }

 private:
  int fd_;
};

/// A process group of its own, so that Ctrl-C does not reach sbatch between taking a job and printing its number.
int start(const std::vector<std::string>& command, const Capture& out, const Capture& err, pid_t* pid) {
  std::vector<char*> words;
  for (const auto& word : command) words.push_back(const_cast<char*>(word.c_str())); // as exec has it; it writes nothing
  words.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(&actions, out.fd(), STDOUT_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, err.fd(), STDERR_FILENO);
  posix_spawnattr_t attributes;
  ::posix_spawnattr_init(&attributes);
  sigset_t none;
  ::sigemptyset(&none);
  ::posix_spawnattr_setsigmask(&attributes, &none);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK);
  const int error = ::posix_spawnp(pid, words[0], &actions, &attributes, words.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  ::posix_spawnattr_destroy(&attributes);
  return error;
}

int wait_for(pid_t pid) {
  int status = 0;
  for (milliseconds waited{0}; waited < kLongest; waited += kCommandPoll) {
    if (::waitpid(pid, &status, WNOHANG) == pid) return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    std::this_thread::sleep_for(kCommandPoll);
  }
  ::kill(-pid, SIGKILL);
  ::waitpid(pid, &status, 0);
  return kTimedOut;
}

std::string last_line(const std::string& text) {
  std::string last;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.find_first_not_of(" \t\r") != std::string::npos) last = line;
  }
  return last;
}

bool is_number(const std::string& text) { return !text.empty() && text.find_first_not_of("0123456789") == std::string::npos; }

/// A line of squeue's; none for anything else that it prints. Sites may put '|' into comments, so the folder is found from behind.
std::optional<QueuedJob> job_of_line(const std::string& line) {
  std::vector<std::string> fields;
  std::istringstream stream(line);
  for (std::string field; std::getline(stream, field, '|');) fields.push_back(field);
  if (fields.size() < 3 || fields[0].empty() || std::isdigit(static_cast<unsigned char>(fields[0][0])) == 0) return std::nullopt;
  QueuedJob job{.id = fields[0], .state = fields[1], .reason = fields[2], .name = {}, .comment = {}, .folder = {}};
  if (fields.size() > 3) job.name = fields[3];
  if (fields.size() > 5) job.folder = fields.back();
  for (std::size_t i = 4; i + 1 < fields.size(); ++i) job.comment += (i > 4 ? "|" : "") + fields[i];
  return job;
}

Said ask_squeue(const std::vector<std::string>& options) {
  std::vector<std::string> command = {"squeue", "--array", "--noheader", "--format=%i|%T|%r|%j|%k|%Z"};
  command.insert(command.end(), options.begin(), options.end());
  return run_command(command);
}

std::vector<QueuedJob> jobs_of(const std::string& listing) {
  std::vector<QueuedJob> jobs;
  std::istringstream lines(listing);
  for (std::string line; std::getline(lines, line);) {
    if (const auto job = job_of_line(line)) jobs.push_back(*job);
  }
  return jobs;
}

/// What to do about it, where Slurm's words do not say.
std::string advice_on(const Said& said) {
  const bool is_limit = said.err.find("submit limit") != std::string::npos || said.err.find("SubmitJob") != std::string::npos;
  return is_limit
             ? "The site limits jobs: pack = 20 in the site file puts short steps into one. What was submitted is written down, "
               "and the same command goes on with the rest"
             : "";
}

} // namespace

std::string Said::last_words() const {
  const auto words = last_line(err);
  return words.empty() ? last_line(out) : words;
}

Said run_command(const std::vector<std::string>& command) {
  const Capture out, err;
  pid_t pid = 0;
  if (const int error = start(command, out, err, &pid); error != 0)
    return {.status = kNotFound, .out = {}, .err = fmt::format("{}: cannot start it: {}", command[0], std::strerror(error))};
  Said said{.status = wait_for(pid), .out = out.text(), .err = err.text()};
  if (said.status == kTimedOut) said.err += fmt::format("{}: no end after {} s", command[0], kLongest.count() / 1000);
  return said;
}

std::optional<std::string> job_number(const std::string& out) {
  constexpr std::string_view kInWords = "Submitted batch job ";
  std::optional<std::string> number;
  std::istringstream lines(out);
  for (std::string line; std::getline(lines, line);) {
    if (const auto said = line.find(kInWords); said != std::string::npos) line = line.substr(said + kInWords.size());
    const auto first = line.find_first_not_of(" \t"), end = line.find_first_of("; \t\r", first);
    if (first == std::string::npos) continue;
    const auto word = line.substr(first, end == std::string::npos ? end : end - first);
    const bool is_alone = end == std::string::npos || line[end] == ';' ||
                          line.find_first_not_of(" \t\r", end) == std::string::npos ||
                          line.find("on cluster", end) != std::string::npos;
    if (is_number(word) && is_alone) number = word;
  }
  return number;
}

bool is_passing_trouble(const Said& said) {
  if (said.status == kTimedOut) return true;
  if (said.status == 0 || said.status == kNotFound) return false;
  auto text = said.err + said.out;
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return std::tolower(c); });
  constexpr std::array<std::string_view, 17> kPassing = {"timed out",
                                                         "unable to contact slurm controller",
                                                         "unable to establish controller machine",
                                                         "temporarily",
                                                         "try again",
                                                         "busy",
                                                         "connection refused",
                                                         "connection reset",
                                                         "communication connection failure",
                                                         "zero bytes were transmitted",
                                                         "unexpected message received",
                                                         "transport endpoint",
                                                         "backup controller",
                                                         "standby mode",
                                                         "slurmdbd",
                                                         "database",
                                                         "protocol authentication error"};
  return std::ranges::any_of(kPassing, [&](auto part) { return text.find(part) != std::string::npos; });
}

Patience::Patience() : left_(0), next_(kFirstWait) {
  const char* seconds = std::getenv("CXR_SLURM_PATIENCE");
  left_ = milliseconds(static_cast<std::int64_t>(1000 * (seconds ? std::max(std::atof(seconds), 0.) : kUsualPatience)));
  next_ = std::min(next_, std::max(left_ / 8, milliseconds(1)));
}

bool Patience::wait() {
  if (left_.count() <= 0) return false;
  auto rest = std::min(next_, left_);
  left_ -= rest;
  next_ = std::min(2 * next_, kLongestWait);
  for (; rest.count() > 0; rest -= std::min(rest, milliseconds(100))) {
    signals::throw_if_received();
    std::this_thread::sleep_for(std::min(rest, milliseconds(100)));
  }
  signals::throw_if_received();
  return true;
}

bool JobMark::is_of(const QueuedJob& job) const {
  if (job.comment == comment) return true;
  return job.name == name && job.folder == folder && !job.has_ended() && !known.contains(job.number());
}

bool QueuedJob::has_ended() const {
  constexpr std::array<std::string_view, 9> kEnded = {"BOOT_FAIL", "CANCELLED", "COMPLETED", "DEADLINE",     "FAILED",
                                                      "NODE_FAIL", "PREEMPTED", "TIMEOUT",   "OUT_OF_MEMORY"};
  return std::ranges::find(kEnded, state) != kEnded.end();
}

std::optional<std::vector<QueuedJob>> queued_jobs(std::string* why) {
  Patience patience;
  auto said = ask_squeue({});
  while (is_passing_trouble(said) && patience.wait()) said = ask_squeue({});
  if (said.status == 0) return jobs_of(said.out);
  *why = said.last_words().empty() ? fmt::format("exit status {}", said.status) : said.last_words();
  return std::nullopt;
}

std::string submit_job(const std::vector<std::string>& command, const JobMark& mark) {
  Patience patience;
  for (int calls = 1;; ++calls) {
    const auto said = run_command(command);
    if (const auto job = job_number(said.out)) return *job;
    const auto refuse = [&](const std::string& what) {
      throw std::runtime_error(fmt::format("{}\n{}{}{}", join_words(command), said.out, said.err, what));
    };
    const bool is_taken = said.status == 0; // its number is the queue's to say
    if (!is_taken && !is_passing_trouble(said)) refuse(advice_on(said));
    log::warn("sbatch: {}; looks whether the job was taken", said.last_words().empty() ? "no job's number" : said.last_words());
    for (bool is_known = false; !is_known;) { // never again before it is known that it was not taken
      if (!patience.wait())
        refuse(
            fmt::format("sbatch: no job's number after {} calls. If Slurm took it all the same, the same command finds it by its "
                        "comment, {}, or by its name",
                        calls, mark.comment));
      // The user's alone, as a number: the others' jobs are many, and some nodes know no names.
      const auto listing = ask_squeue({"--states=all", fmt::format("--user={}", ::getuid())});
      if (listing.status != 0) log::warn("squeue: {}", listing.last_words());
      for (const auto& job : jobs_of(listing.out)) {
        if (mark.is_of(job)) return job.number();
      }
      is_known = listing.status == 0 && !is_taken;
    }
  }
}

} // namespace cxr::study
