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
  /// `count` more steps of what is under way, worth `share` of what is counted: they move the bar and the time left until the next
  /// update(), and their rate is shown.
  /// @param unit what these are, "steps"
  void add_steps(std::int64_t count, const std::string& unit, double share);
  /// A few words behind the line from now on: "loss 0.0123".
  void note(std::string text) { note_ = std::move(text); }

 private:
  void draw_if_due();
  void draw();

  std::string what_, unit_, step_unit_, note_;
  std::int64_t total_, done_, done_before_, steps_ = 0;
  double begun_ = 0; ///< of what is counted, by steps since the last update()
  bool visible_, terminal_;
  Stopwatch clock_;
  double next_draw_ = 0;
};

} // namespace cxr
