/// @file
/// Ends the job when a rank has not come back within a time: a dead or hung peer leaves the others in a collective for good.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

namespace cxr {

/// A thread that calls `on_timeout` (by default: says which rank waited for how long in what, then MpiSession::abort(1)) unless it
/// hears of progress in time. One rank watches itself; a rank that hangs is ended by its peers' watchdogs.
class Watchdog {
 public:
  using OnTimeout = std::function<void(const std::string& what, std::chrono::milliseconds allowed)>;

  /// @param on_timeout called once, on the watchdog's thread, which then ends
  explicit Watchdog(std::chrono::milliseconds timeout, OnTimeout on_timeout = {});
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

  /// Progress was made; now `what` is under way ("step 17"), which may take so many times the timeout: 1 for a step, more for a
  /// stretch on one rank alone that the others wait for (a checkpoint). Before the first call nothing is expected.
  void feed(std::string what, int times = 1);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

} // namespace cxr
