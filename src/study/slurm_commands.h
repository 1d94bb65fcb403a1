/// @file
/// Slurm's commands as clusters have them: with notices and banners in what they print, and a controller that is busy at times.
#pragma once

#include <chrono>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace cxr::study {

/// What a command said, and how it ended.
struct Said {
  int status = 0; ///< exit status; 128 + signal; 127 if it could not be started
  std::string out, err;

  /// Its last words for people: the last line of stderr, else of stdout.
  std::string last_words() const;
};

/// Runs a command to its end, which comes after five minutes at the latest.
Said run_command(const std::vector<std::string>& command);

/// The job's number in what `sbatch --parsable` printed: the last line that is "12" or "12;cluster", or that says
/// "Submitted batch job 12". None if there is none.
std::optional<std::string> job_number(const std::string& out);

/// Whether a command failed of trouble that passes: a time-out, a controller or accounting service that does not answer.
bool is_passing_trouble(const Said& said);

/// Waits that grow: 1, 2, 4, 8, 15, 15 … seconds, CXR_SLURM_PATIENCE seconds in all (60).
class Patience {
 public:
  Patience();
  /// Waits. @return false, at once, when all is used up  @throws Interrupted at a signal
  bool wait();

 private:
  std::chrono::milliseconds left_, next_;
};

/// A job, or a task of an array.
struct QueuedJob {
  std::string id; ///< "12", "12_3"; "12_[0-3]" of tasks that squeue does not tell apart
  std::string state, reason, name, comment, folder;

  /// "12" of "12_3"
  std::string number() const { return id.substr(0, id.find('_')); }
  bool has_ended() const;
};

/// The queue's jobs, whoever submitted them, asked for until squeue answers; none if it does not. @param why what it said then
std::optional<std::vector<QueuedJob>> queued_jobs(std::string* why);

/// How a job is known again whose number was not learnt.
struct JobMark {
  std::string comment;         ///< of this submission alone; sites may put their own in its place
  std::string name, folder;    ///< then it is known by these
  std::set<std::string> known; ///< numbers of jobs that were there before

  bool is_of(const QueuedJob& job) const;
};

/// Submits a job, and again if Slurm did not take it for trouble that passes. Where it may have been taken all the same, the
/// queue is asked first, so that nothing runs twice. @return its number  @throws std::runtime_error with what sbatch said
std::string submit_job(const std::vector<std::string>& command, const JobMark& mark);

} // namespace cxr::study
