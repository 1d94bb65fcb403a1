#include "study/slurm_launcher.h"

#include "core/atomic_file.h"
#include "core/error.h"
#include "core/log.h"
#include "study/planned_times.h"
#include "study/shipped_files.h"
#include "study/slurm_commands.h"
#include "study/slurm_time.h"
#include "study/submission_note.h"
#include "study/template_text.h"

namespace cxr::study {
namespace fs = std::filesystem;
namespace {

/// "running" of RUNNING, and why a job waits.
std::string state_in_words(std::string state, const std::string& reason) {
  std::ranges::transform(state, state.begin(), [](unsigned char c) { return std::tolower(c); });
  return state == "pending" && !reason.empty() && reason != "None" ? fmt::format("{} ({})", state, reason) : state;
}

bool has_job(const StepStatus& status) { return status.record && !status.record->job.empty(); }

/// What the queue says of steps that have a job in it, by their numbers.
std::map<std::size_t, std::string> states_in(const std::vector<QueuedJob>& queue, const std::vector<StepStatus>& statuses) {
  std::map<std::string, std::string> states;
  for (const auto& job : queue) {
    if (!job.has_ended()) states[job.id] = state_in_words(job.state, job.reason);
  }
  std::map<std::size_t, std::string> queued;
  for (std::size_t i = 0; i < statuses.size(); ++i) {
    // A step that is done may be one of several of a job that is still at work.
    if (!has_job(statuses[i]) || statuses[i].state == StepState::kDone) continue;
    if (const auto found = states.find(statuses[i].record->job); found != states.end()) queued[i] = found->second;
  }
  return queued;
}

/// Writes down a step's job. The job may have begun meanwhile, and then its record is newer than what was known before.
void note_job(const StudyFolder& folder, std::size_t number, StepStatus& status, const std::string& job) {
  const auto& step = folder.study().steps[number];
  auto record = read_record(folder.path(), step.name);
  if (!record) {
    record = new_record(step);
    record->state = RunState::kSubmitted;
  }
  record->job = job;
  write_record(folder.path(), *record);
  status.record = record;
}

/// A launch: what is asked for, and what is known of Slurm's queue.
class Submission {
 public:
  Submission(StudyFolder& folder, const SlurmFiles& files, const LaunchSettings& settings)
      : folder_(folder),
        study_(folder.study()),
        settings_(settings),
        site_(read_site(files.site)),
        times_(read_planned_times(files.plan, study_)),
        path_(fs::absolute(folder.path()).lexically_normal()),
        scripts_(shipped("slurm")) {}

  int run(const Selection& selection) {
    folder_.write_study();
    fs::create_directories(path_ / "jobs");
    write_file_atomically(path_ / "jobs" / "site.sh", job_preamble(site_, settings_, scripts_));
    statuses_ = folder_.statuses();
    const auto queued = queued_steps();
    std::vector<bool> is_left(study_.steps.size());
    std::vector<std::string> jobs_of_steps(study_.steps.size());
    for (std::size_t i = 0; i < is_left.size(); ++i) {
      if (queued.contains(i)) jobs_of_steps[i] = statuses_[i].record->job;
      is_left[i] = !queued.contains(i) && selection.only[i] && (statuses_[i].state != StepState::kDone || selection.force[i]);
      if (is_left[i] && selection.force[i]) folder_.supersede(i);
    }
    JobPlan plan(study_, is_left, jobs_of_steps, packing());
    int jobs = 0;
    for (auto next = plan.next(); !next.empty(); next = plan.next(), ++jobs) submit(plan, next);
    folder_.save_digests();
    log::info("{} steps in {} jobs. cxr study status {} tells how they are", std::ranges::count(is_left, true), jobs,
              folder_.path().string());
    return kDone;
  }

 private:
  /// Of the steps with a job in the queue, the queue's words; finds those jobs, too, whose numbers an earlier launch did not learn.
  /// @throws std::runtime_error if the queue can't be asked: a step could then run twice
  std::map<std::size_t, std::string> queued_steps() {
    for (const auto& status : statuses_) {
      if (has_job(status)) known_.insert(status.record->job.substr(0, status.record->job.find('_')));
    }
    const auto notes = read_notes(path_);
    if (known_.empty() && notes.empty()) return {};
    std::string why;
    const auto queue = queued_jobs(&why);
    if (!queue)
      throw std::runtime_error(fmt::format("squeue: {}: nothing was submitted, since this study may have jobs in the queue", why));
    for (const auto& note : notes) {
      const auto found = forgotten_jobs(path_, note, *queue, known_);
      for (const auto& [name, job] : found) {
        for (std::size_t i = 0; i < study_.steps.size(); ++i) {
          if (study_.steps[i].name == name) note_job(folder_, i, statuses_[i], job);
        }
        log::info("job {:>8}  {} (of an earlier launch)", job, name);
      }
      if (!found.empty()) remove_note(path_, note);
    }
    for (const auto& job : *queue) known_.insert(job.number());
    return states_in(*queue, statuses_);
  }

  void submit(JobPlan& plan, const std::vector<std::size_t>& steps) {
    const auto& first = study_.steps[steps[0]];
    const bool is_array = steps.size() > 1 && !plan.is_pack();
    SubmissionNote note{.comment = new_comment(path_), .is_array = is_array, .steps = {}};
    for (const auto step : steps) note.steps.push_back(study_.steps[step].name);
    std::vector<std::string> command = {"sbatch", "--comment=" + note.comment}; // before the site's own, which then wins
    const auto options = job_options(site_, first, settings_, path_, limit(steps, plan.is_pack()));
    command.insert(command.end(), options.begin(), options.end());
    command.push_back(fmt::format("--job-name={}", first.name));
    if (const auto dependency = plan.dependency(steps); !dependency.empty())
      command.insert(command.end(), {"--dependency=" + dependency, "--kill-on-invalid-dep=yes"});
    const auto at_a_time = site_.array_limit > 0 ? fmt::format("%{}", site_.array_limit) : std::string();
    if (is_array) command.push_back(fmt::format("--array=0-{}{}", steps.size() - 1, at_a_time));
    command.insert(command.end(), {(scripts_ / "step.sbatch").string(), path_.string()});
    if (plan.is_pack()) command.emplace_back("--pack");
    command.insert(command.end(), note.steps.begin(), note.steps.end());
    write_note(path_, note);
    const auto job = submit_job(command, {.comment = note.comment, .name = first.name, .folder = path_.string(), .known = known_});
    plan.submitted(steps, job);
    known_.insert(job);
    for (const auto step : steps) note_job(folder_, step, statuses_[step], plan.job_of(step));
    remove_note(path_, note);
    log::info("job {:>8}  {}{}", job, first.name, steps.size() > 1 ? fmt::format(" and {} more", steps.size() - 1) : "");
  }

  /// How long a step is expected to take, s: as the plan or its own limit says.
  std::optional<double> expected(std::size_t step) const {
    const auto& it = study_.steps[step];
    return it.time.empty() ? planned_seconds(times_, it.name, ranks_of(site_, it)) : seconds_of_slurm_time(it.time);
  }

  /// Short steps, of which some are packed: those that are known to be, and those of one process whose time nobody knows.
  Packing packing() const {
    Packing packing{.most = site_.pack, .seconds = *seconds_of_slurm_time(site_.pack_time), .kind = {}, .expected = {}};
    for (std::size_t i = 0; i < study_.steps.size(); ++i) {
      const auto& step = study_.steps[i];
      const auto seconds = expected(i);
      const int ranks = ranks_of(site_, step);
      const bool is_on_gpu = uses_gpu(step, settings_);
      const bool is_short = seconds ? *seconds <= packing.seconds : step.max_ranks == 1 && !is_on_gpu;
      packing.kind.push_back(is_short ? 2 * ranks + (is_on_gpu ? 1 : 0) : -1);
      packing.expected.push_back(seconds.value_or(0));
    }
    return packing;
  }

  /// The time limit of a job; empty: the first step's own, or the site's. A step that takes longer than the site's goes back in the
  /// queue and goes on.
  std::string limit(const std::vector<std::size_t>& steps, bool is_pack) const {
    if (!is_pack && !study_.steps[steps[0]].time.empty()) return "";
    double seconds = 0;
    for (const auto step : steps) {
      const auto its = expected(step);
      if (!its) return is_pack ? site_.time : "";
      seconds = is_pack ? seconds + *its : std::max(seconds, *its);
    }
    seconds = time_limit(seconds) + site_.signal_seconds;
    const auto most = seconds_of_slurm_time(site_.time);
    return most && *most <= seconds ? site_.time : slurm_time(seconds);
  }

  StudyFolder& folder_;
  const StudyFile& study_;
  const LaunchSettings& settings_;
  SlurmSite site_;
  PlannedTimes times_;
  fs::path path_, scripts_; ///< the study's folder; that of step.sbatch
  std::vector<StepStatus> statuses_;
  std::set<std::string> known_; ///< numbers of jobs that are not of this launch
};

} // namespace

std::optional<std::map<std::string, std::string>> queue_of(const StudyFile& study, const std::vector<StepStatus>& statuses) {
  std::map<std::string, std::string> by_name;
  if (std::ranges::none_of(statuses, has_job)) return by_name;
  std::string why;
  const auto queue = queued_jobs(&why);
  if (!queue) {
    log::warn("squeue: {}", why);
    return std::nullopt;
  }
  for (const auto& [step, state] : states_in(*queue, statuses)) by_name[study.steps[step].name] = state;
  return by_name;
}

void tell_lost_jobs(const StudyFile& study, const std::map<std::string, std::string>& queue, std::vector<StepStatus>& statuses) {
  for (std::size_t i = 0; i < statuses.size(); ++i) {
    auto& status = statuses[i];
    if (!has_job(status) || status.state != StepState::kToDo || status.record->launches > 0 || queue.contains(study.steps[i].name))
      continue;
    status.why = fmt::format("job {} ended before it began this; jobs/ has its log", status.record->job);
  }
}

int submit(StudyFolder& folder, const Selection& selection, const SlurmFiles& files, const LaunchSettings& settings) {
  return Submission(folder, files, settings).run(selection);
}

} // namespace cxr::study
