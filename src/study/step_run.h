/// @file
/// One launch of a step: what is written down before it, the command with its ranks and threads, what is written down after it.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "study/process.h"
#include "study/study_folder.h"

namespace cxr::study {

/// What every launch of a study is given.
struct LaunchSettings {
  std::string program; ///< this executable
  std::string version;
  std::string device = "cpu";
  bool is_private = false;
  /// Whether a command has an option: {"train", "unet", …}, "--threads".
  std::function<bool(const std::vector<std::string>& command, const std::string& option)> has_option;
};

/// What one step gets of the machine.
struct Share {
  int ranks = 1, threads = 0; ///< threads a rank; 0: the program's choice
};

/// Moves a stale result aside and writes down that the step begins; what it needs must be done. @param force moves also a whole one
/// aside
StepRecord begin_step(StudyFolder& folder, std::size_t step, const StepStatus& status, Share share, const LaunchSettings& settings,
                      bool force);

/// Writes down how it ended.
StepRecord end_step(StudyFolder& folder, std::size_t step, StepRecord record, const Exit& exit);

/// The program's arguments for a step, as it is launched: with --out, --threads and --device where the command takes them.
std::vector<std::string> step_arguments(const Step& step, Share share, const LaunchSettings& settings);

/// The same with --threads and --device alone, of any command of the program.
std::vector<std::string> with_execution(std::vector<std::string> arguments, Share share, const LaunchSettings& settings);

/// The line of a log that says why a command failed: the program's last, or the last of all.
std::string last_words(const std::filesystem::path& log);

/// The command of a step for people.
std::string shown_command(const Step& step);

/// A step under way on this machine, by mpirun where it has several ranks.
class StepRun {
 public:
  /// Begins the step and starts its command; the parameters are begin_step()'s.
  StepRun(StudyFolder& folder, std::size_t step, const StepStatus& status, Share share, const LaunchSettings& settings, bool force);

  std::size_t step() const { return step_; }
  Share share() const { return share_; }
  double seconds() const { return process_.seconds(); }
  void stop() const { process_.signal(kStopSignal); }
  /// How it ended, once it has and the record says so; none while it runs.
  std::optional<StepRecord> poll();

 private:
  static constexpr int kStopSignal = 10; // SIGUSR1: every launcher passes it on

  Launch launch(const LaunchSettings& settings) const;

  StudyFolder& folder_;
  std::size_t step_;
  Share share_;
  StepRecord record_;
  Process process_;
};

} // namespace cxr::study
