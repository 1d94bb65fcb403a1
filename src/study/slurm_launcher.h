/// @file
/// Submits a study's steps to Slurm: a job a step, behind those that it needs, and an array for the steps of one [[step]].
#pragma once

#include <map>
#include <string>
#include <vector>

#include "study/local_launcher.h"
#include "study/slurm_site.h"

namespace cxr::study {

/// A job that was submitted, or would be.
struct Job {
  std::vector<std::size_t> steps;   ///< one, or those of an array
  std::vector<std::string> options; ///< of sbatch, with --dependency
};

/// Deals steps into jobs. A job is an array if its steps come from one [[step]] and wait for the same jobs, or each for its own
/// task of one other array (aftercorr).
class JobPlan {
 public:
  /// @param is_left steps to be run  @param queued numbers of the jobs of steps that are queued already, by step; empty: none
  JobPlan(const StudyFile& study, const std::vector<bool>& is_left, std::vector<std::string> queued);

  /// The steps of the next job; empty: all are dealt.
  std::vector<std::size_t> next();
  /// What the job of these steps waits for: "afterok:12:13_4"; empty: nothing.
  std::string dependency(const std::vector<std::size_t>& steps) const;
  /// Tells the number of the job that next() was made.
  void submitted(const std::vector<std::size_t>& steps, const std::string& job);
  /// "12", or "12_3" of an array's task.
  const std::string& job_of(std::size_t step) const { return jobs_[step]; }

 private:
  std::vector<std::size_t> waited_for(std::size_t step) const;
  bool corresponds(const std::vector<std::size_t>& steps) const;

  const StudyFile& study_;
  std::vector<bool> is_left_;
  std::vector<std::string> jobs_;
};

/// Submits what is not done, nor queued already. @param site a site file; empty: the defaults
/// @return an exit status
int submit(StudyFolder& folder, const Selection& selection, const std::filesystem::path& site, const LaunchSettings& settings);

/// What the queue says of steps that have a job in it, by name: "running", "pending (Dependency)". Empty where there is no Slurm.
std::map<std::string, std::string> queue_of(const StudyFile& study, const std::vector<StepStatus>& statuses);

} // namespace cxr::study
