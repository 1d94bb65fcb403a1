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
  /// @param on_timeout called once, on the watchdog's thread, which then ends
  explicit Watchdog(std::chrono::milliseconds timeout, std::function<void(const std::string& what)> on_timeout = {});
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

  /// Progress was made; now `what` is under way ("step 17").
  void feed(std::string what);
  /// Nothing is expected for a while (a long stretch on one rank alone), until the next feed().
  void pause();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

} // namespace cxr
