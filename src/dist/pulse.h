/// @file
/// Whether a process gets on with its work, as the kernel sees its threads: a rank that hangs in a system call, say on a file
/// server that is gone, is alive for every other rank.
#pragma once

#include <sys/types.h>

#include <chrono>

namespace cxr {

/// Made and asked by a thread that watches; that thread's own work does not count.
class Pulse {
 public:
  /// @param worker the thread that does the work (its kernel's number); by default the process's first
  explicit Pulse(pid_t worker = 0);

  /// For how long the worker has neither run nor been woken while all other threads together used less than a hundredth of a
  /// processor. Waiting for other ranks counts as work: MPI polls. Call it once a second or so: a longer pause between two calls is
  /// one of the whole process, and begins anew. Zero where the kernel does not tell.
  std::chrono::milliseconds still_for();

 private:
  using Clock = std::chrono::steady_clock;
  struct Reading {
    unsigned long long ran = 0, slices = 0; ///< of the worker: nanoseconds, and how often it was given a processor
    double processor = 0;                   ///< seconds of all threads but the watcher
    bool is_known = false;
  };
  Reading read() const;

  pid_t worker_;
  Reading since_; ///< when it was last seen to move
  Clock::time_point moved_, asked_;
};

} // namespace cxr
