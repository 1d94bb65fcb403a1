/// @file
/// A child process: one launch of a step, its output in a log.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <sys/types.h>

#include "core/timing.h"

namespace cxr::study {

/// What to run, and where.
struct Launch {
  std::vector<std::string> command;                             ///< program, found on PATH, and its arguments
  std::filesystem::path folder;                                 ///< in which it runs
  std::filesystem::path log;                                    ///< what it says on stdout and stderr goes behind what is there
  std::vector<std::pair<std::string, std::string>> environment; ///< besides this process's own
};

struct Exit {
  int status = 0; ///< exit status; 128 + signal of a process that was killed
  double seconds = 0;
  std::int64_t peak_memory_bytes = 0; ///< resident, of the largest of its processes
};

/// Owns the process: one that still runs when the object goes is told to save its state and stop, and waited for. It is a process
/// group of its own, so that a terminal's Ctrl-C reaches it through signal() alone; if this process dies, it gets SIGTERM.
class Process {
 public:
  /// @throws std::system_error if it can't be started
  explicit Process(const Launch& launch);
  ~Process();
  Process(Process&& other) noexcept : pid_(std::exchange(other.pid_, -1)), clock_(other.clock_) {}
  Process& operator=(Process&&) = delete;
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  /// How it ended; none while it runs.
  std::optional<Exit> poll();
  /// To the process itself, which passes it on to its ranks as mpirun, srun and the program do. @param signal SIGUSR1 saves and
  /// stops
  void signal(int signal) const;
  double seconds() const { return clock_.seconds(); }

 private:
  std::optional<Exit> wait(int options);

  pid_t pid_ = -1;
  Stopwatch clock_;
};

} // namespace cxr::study
