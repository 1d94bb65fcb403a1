/// @file
/// Runs a study's steps on this machine, as many at a time as it has cores (or GPUs) for.
#pragma once

#include <vector>

#include "study/step_run.h"

namespace cxr::study {

/// What the machine gives, and what of it a step gets.
struct LocalMachine {
  int cores = 1;
  int gpus = 0;
  int threads = 0; ///< a rank; 0: all cores for one step at a time
  int ranks = 0;   ///< of a step that takes any number; 0: one on CPUs, one a GPU on GPUs
  int jobs = 0;    ///< steps at a time at most; 0: as many as fit
};

/// Which steps are run, and which even if they are done.
struct Selection {
  std::vector<bool> only, force;
};

/// How a step ended in this launch.
enum class Ending { kDone, kSkipped, kFailed, kStopped, kBlocked };

struct Outcome {
  std::vector<Ending> endings; ///< by step; kSkipped also for those that were not selected
  std::vector<std::string> why;
};

/// The share of the machine that a step gets, and how many cores (or GPUs) that takes.
Share share_of(const Step& step, const LocalMachine& machine, const std::string& device);

/// A step that fails stops those that need it and no others. A signal stops all, with their states saved.
Outcome run_locally(StudyFolder& folder, const Selection& selection, const LocalMachine& machine, const LaunchSettings& settings);

} // namespace cxr::study
