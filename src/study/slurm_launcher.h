/// @file
/// Submits a study's steps to Slurm: a job a step, behind those that it needs, and an array for the steps of one [[step]].
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "study/local_launcher.h"
#include "study/slurm_site.h"

namespace cxr::study {

/// Which steps may share a job, that runs them one after the other.
struct Packing {
  int most = 0;                 ///< steps a job; less than 2: none
  double seconds = 0;           ///< of all steps of a job
  std::vector<int> kind;        ///< by step: those of one kind ask for the same; -1: too long to share
  std::vector<double> expected; ///< by step: s; 0 where it is not known
};

/// Deals steps into jobs. A job is an array if its steps come from one [[step]] and wait for the same jobs, or each for its own
/// task of one other array (aftercorr). Short steps are packed instead: into one job with others of their kind that wait for
/// nothing else than its first does.
class JobPlan {
 public:
  /// @param is_left steps to be run  @param queued numbers of the jobs of steps that are queued already, by step; empty: none
  JobPlan(const StudyFile& study, const std::vector<bool>& is_left, std::vector<std::string> queued, Packing packing = {});

  /// The steps of the next job; empty: all are dealt.
  std::vector<std::size_t> next();
  /// Whether the job that next() dealt last is one that runs several steps; else several are an array.
  bool is_pack() const { return is_pack_; }
  /// What the job of these steps waits for: "afterok:12:13_4"; empty: nothing.
  std::string dependency(const std::vector<std::size_t>& steps) const;
  /// Tells the number of the job that next() was made.
  void submitted(const std::vector<std::size_t>& steps, const std::string& job);
  /// "12", or "12_3" of an array's task.
  const std::string& job_of(std::size_t step) const { return jobs_[step]; }

 private:
  std::vector<std::size_t> waited_for(std::size_t step) const;
  std::vector<std::size_t> packed_with(std::size_t first) const;
  bool corresponds(const std::vector<std::size_t>& steps) const;

  const StudyFile& study_;
  std::vector<bool> is_left_;
  std::vector<std::string> jobs_;
  Packing packing_;
  bool is_pack_ = false;
};

/// What decides how jobs ask for what.
struct SlurmFiles {
  std::filesystem::path site; ///< a site file; empty: the defaults
  std::filesystem::path plan; ///< of `cxr study plan --json`; empty: none
};

/// Submits what is not done, nor queued already. @return an exit status
int submit(StudyFolder& folder, const Selection& selection, const SlurmFiles& files, const LaunchSettings& settings);

/// What the queue says of steps that have a job in it and are not done, by name: "running", "pending (Dependency)". None, after a
/// warning, if the queue can't be asked.
std::optional<std::map<std::string, std::string>> queue_of(const StudyFile& study, const std::vector<StepStatus>& statuses);

/// Says of steps whose job is not in the queue any more though it never began them that it is so: modules that failed, a job that
/// was cancelled.
void tell_lost_jobs(const StudyFile& study, const std::map<std::string, std::string>& queue, std::vector<StepStatus>& statuses);

} // namespace cxr::study
