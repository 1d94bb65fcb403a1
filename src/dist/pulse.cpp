#include "dist/pulse.h"

#include <ctime>
#include <fstream>

#include <fmt/format.h>
#include <unistd.h>

namespace cxr {
namespace {

constexpr double kIdleShare = 0.01; // of a processor
constexpr std::chrono::seconds kLongestPause{10};

double seconds_of(clockid_t clock) {
  timespec time{};
  ::clock_gettime(clock, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

} // namespace

Pulse::Pulse(pid_t worker) : worker_(worker > 0 ? worker : ::getpid()), since_(read()), moved_(Clock::now()), asked_(moved_) {}

Pulse::Reading Pulse::read() const {
  Reading now;
  unsigned long long waited = 0;
  std::ifstream file(fmt::format("/proc/self/task/{}/schedstat", worker_));
  now.is_known = static_cast<bool>(file >> now.ran >> waited >> now.slices);
  now.processor = seconds_of(CLOCK_PROCESS_CPUTIME_ID) - seconds_of(CLOCK_THREAD_CPUTIME_ID);
  return now;
}

std::chrono::milliseconds Pulse::still_for() {
  const auto reading = read();
  const auto now = Clock::now();
  const auto passed = std::chrono::duration<double>(now - moved_).count();
  const bool worker_moved = reading.ran != since_.ran || reading.slices != since_.slices;
  const bool others_work = reading.processor - since_.processor > kIdleShare * passed;
  const bool was_paused = now - asked_ > kLongestPause;
  asked_ = now;
  if (!reading.is_known || worker_moved || others_work || was_paused) {
    since_ = reading;
    moved_ = now;
  }
  return std::chrono::duration_cast<std::chrono::milliseconds>(now - moved_);
}

} // namespace cxr
