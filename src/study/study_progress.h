/// @file
/// What a study's run says while it works: a line a step, and on a terminal a line of what is at work.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/timing.h"
#include "study/local_launcher.h"

namespace cxr::study {

class StudyProgress {
 public:
  /// @param total steps that the launch is about
  explicit StudyProgress(std::int64_t total);
  ~StudyProgress();
  StudyProgress(const StudyProgress&) = delete;
  StudyProgress& operator=(const StudyProgress&) = delete;

  void started(const Step& step, StepState state);
  void settled(const Step& step, Ending ending, const std::optional<StepRecord>& record, const std::string& why);
  /// Names and seconds of what is at work. Cheap to call often.
  void show_running(const std::vector<std::pair<std::string, double>>& running);
  void line(const std::string& text);

 private:
  void clear();

  std::int64_t total_, settled_ = 0;
  bool terminal_, has_status_ = false;
  Stopwatch clock_;
  double next_ = 0;
};

} // namespace cxr::study
