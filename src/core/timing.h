/// @file
/// Wall-clock time and how people read it.
#pragma once

#include <chrono>
#include <string>

namespace cxr {

class Stopwatch {
 public:
  double seconds() const { return std::chrono::duration<double>(Clock::now() - start_).count(); }
  void restart() { start_ = Clock::now(); }

 private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point start_ = Clock::now();
};

/// "12 s", "3 min 05 s", "2 h 07 min"
std::string format_duration(double seconds);

/// The time now in UTC, "2022-10-09T12:34:56Z".
std::string utc_now();

} // namespace cxr
