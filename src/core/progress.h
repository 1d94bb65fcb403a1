/// @file
/// A progress bar with rate and time left on a terminal; a line now and then elsewhere.
#pragma once

#include <cstdint>
#include <string>

#include "core/timing.h"

namespace cxr {

class Progress {
 public:
  /// @param what the work, "reconstruct"
  /// @param unit what is counted, "images"
  /// @param total how many in all; 0 draws nothing
  /// @param done how many were there before this run: they count for the bar, not for the rate
  /// @param visible false on ranks other than 0
  Progress(std::string what, std::string unit, std::int64_t total, std::int64_t done = 0, bool visible = true);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// Now `done` of the total are there.
  void update(std::int64_t done);
  void add(std::int64_t count) { update(done_ + count); }

 private:
  void draw();

  std::string what_, unit_;
  std::int64_t total_, done_, done_before_;
  bool visible_, terminal_;
  Stopwatch clock_;
  double next_draw_ = 0;
};

} // namespace cxr
