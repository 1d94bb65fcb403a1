#include "combinations/command_run.h"

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <optional>
#include <thread>

#include <fcntl.h>
#include <unistd.h>

#include "app/program.h"
#include "core/error.h"
#include "core/log.h"
#include "dist/current_communicator.h"
#include "study/process.h"
#include "support/file_bytes.h"

namespace cxr::combinations {
namespace {

namespace fs = std::filesystem;

/// Standard output or error goes to a file while one lives.
class Redirected {
 public:
  Redirected(std::FILE* stream, const fs::path& file) : stream_(stream) {
    std::fflush(stream_);
    saved_ = ::dup(::fileno(stream_));
    const int to = ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
    ::dup2(to, ::fileno(stream_));
    ::close(to);
  }
  ~Redirected() {
    std::fflush(stream_);
    ::dup2(saved_, ::fileno(stream_));
    ::close(saved_);
  }
  Redirected(const Redirected&) = delete;
  Redirected& operator=(const Redirected&) = delete;

 private:
  std::FILE* stream_;
  int saved_;
};

/// world() is `ranks` while one lives.
class World {
 public:
  explicit World(Communicator& ranks) : before_(std::exchange(current_communicator(), &ranks)) {
    log::set_rank(ranks.rank(), ranks.size());
  }
  ~World() { current_communicator() = before_; }
  World(const World&) = delete;
  World& operator=(const World&) = delete;

 private:
  Communicator* before_;
};

/// While one lives, no plotter is found: the curve of each small training would take as long as the training. The program warns,
/// and goes on without.
class NoPlotter {
 public:
  NoPlotter() : path_(std::getenv("PATH") ? std::getenv("PATH") : "") { ::setenv("PATH", "/none", 1); }
  ~NoPlotter() { ::setenv("PATH", path_.c_str(), 1); }
  NoPlotter(const NoPlotter&) = delete;
  NoPlotter& operator=(const NoPlotter&) = delete;

 private:
  std::string path_;
};

/// The first line of the program's own in a log.
std::string said(const fs::path& file) {
  const auto text = test::file_bytes(file);
  const auto at = text.starts_with("cxr: ") ? 0 : text.find("\ncxr: ");
  if (at == std::string::npos) return text;
  const auto begin = text.find("cxr: ", at);
  return text.substr(begin, text.find('\n', begin) - begin);
}

std::string last_line(const std::string& text) {
  const auto end = text.find_last_not_of('\n');
  if (end == std::string::npos) return "";
  const auto begin = text.rfind('\n', end);
  return text.substr(begin == std::string::npos ? 0 : begin + 1, end - (begin == std::string::npos ? 0 : begin + 1) + 1);
}

Outcome outcome_of(const std::vector<std::string>& arguments) {
  try {
    return {Program().run(arguments), ""};
  } catch (const InputError& error) {
    return {kBadInput, error.what()};
  } catch (const Interrupted& error) {
    return {kInterrupted, error.what()};
  } catch (const std::exception& error) {
    return {kFailed, error.what()};
  }
}

} // namespace

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) text.replace(at, from.size(), to);
  return text;
}

Outcome run_command(const std::vector<std::string>& arguments, Communicator& ranks, const fs::path& folder) {
  const auto file = [&](const char* name) { return ranks.is_root() ? folder / name : fs::path("/dev/null"); };
  Outcome outcome;
  {
    const World world(ranks);
    const Redirected output(stdout, file("stdout")), error(stderr, file("stderr"));
    std::optional<NoPlotter> no_plotter;
    if (!arguments.empty() && arguments.front() == "train") no_plotter.emplace();
    outcome = outcome_of(arguments);
    std::cout.flush();
  }
  if (outcome.status != kDone && outcome.said.empty() && ranks.is_root())
    outcome.said = last_line(test::file_bytes(folder / "stderr"));
  return outcome;
}

Outcome run_processes(const fs::path& program, int ranks, const std::vector<std::string>& arguments, const fs::path& folder) {
  std::vector<std::string> command;
  if (ranks > 1) command = {"mpirun", "-np", fmt::format("{}", ranks)};
  command.push_back(program.string());
  command.insert(command.end(), arguments.begin(), arguments.end());
  const auto log = folder / "log";
  fs::remove(log);
  study::Process process({.command = command, .folder = folder, .log = log, .environment = {}});
  std::optional<study::Exit> exit;
  while (!(exit = process.poll())) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  return {exit->status, said(log)};
}

} // namespace cxr::combinations
