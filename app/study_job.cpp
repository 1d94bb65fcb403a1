/// @file
/// `cxr study job begin|end STUDY STEP`: the records of a step whose command a job's script starts (slurm/step.sbatch). `begin`
/// prints the words of the command, quoted for a shell, or nothing if the step is done already.
#include <cstdio>
#include <cstdlib>

#include "app/study_command.h"
#include "core/error.h"
#include "core/log.h"
#include "core/privacy.h"
#include "study/selection.h"
#include "study/step_run.h"
#include "study/template_text.h"

namespace cxr {
namespace {

struct JobOptions {
  std::filesystem::path folder;
  std::string step, device = "cpu";
  study::Share share;
  int status = 0;
  double seconds = 0;
};

/// The number of the step of that name.
std::size_t step_of(const study::StudyFile& study, const std::string& name) {
  const auto selected = study::select(study, {name}, "step");
  return static_cast<std::size_t>(std::ranges::find(selected, true) - selected.begin());
}

/// The job of Slurm's that this process is of, "12" or "12_3".
std::string job_of_environment(const std::string& otherwise) {
  const char *job = std::getenv("SLURM_JOB_ID"), *array = std::getenv("SLURM_ARRAY_JOB_ID"),
             *task = std::getenv("SLURM_ARRAY_TASK_ID");
  if (array && task) return fmt::format("{}_{}", array, task);
  return job ? job : otherwise;
}

int begin(const JobOptions& options, const OptionQuery& has_option) {
  const auto study = study::read_study_file(options.folder / "source.toml");
  if (study.is_private) privacy::turn_on();
  study::StudyFolder folder(study, options.folder);
  const auto step = step_of(study, options.step);
  const auto statuses = folder.statuses();
  folder.save_digests();
  const auto& status = statuses[step];
  if (status.state == study::StepState::kDone) return kDone;
  if (status.state == study::StepState::kWaiting)
    throw std::runtime_error(fmt::format("{}: {} is not done", options.step, status.why));
  const study::LaunchSettings settings{
      .program = {}, .version = CXR_VERSION, .device = options.device, .is_private = study.is_private, .has_option = has_option};
  auto record = study::begin_step(folder, step, status, options.share, settings, false);
  record.job = job_of_environment(record.job); // whoever submitted it may not know its number yet
  study::write_record(folder.path(), record);
  std::puts(study::join_words(study::step_arguments(study.steps[step], options.share, settings)).c_str());
  return kDone;
}

int end(const JobOptions& options) {
  const auto study = study::read_study_file(options.folder / "source.toml");
  if (study.is_private) privacy::turn_on();
  study::StudyFolder folder(study, options.folder);
  const auto step = step_of(study, options.step);
  const auto record = study::read_record(options.folder, options.step);
  if (!record) throw std::runtime_error(fmt::format("{}: no step has begun", options.step));
  const auto ended =
      study::end_step(folder, step, *record, {.status = options.status, .seconds = options.seconds, .peak_memory_bytes = 0});
  folder.save_digests();
  if (ended.state == study::RunState::kFailed) log::warn("{}: {}", options.step, ended.cause);
  return ended.state == study::RunState::kFailed && options.status == kDone ? kFailed : kDone;
}

std::shared_ptr<JobOptions> add_job_options(CLI::App& app) {
  auto options = std::make_shared<JobOptions>();
  app.add_option("study", options->folder, "the study's folder")->required();
  app.add_option("step", options->step, "the step's name")->required();
  return options;
}

} // namespace

Subcommand study_job_begin_command(CLI::App& parent, OptionQuery has_option) {
  auto* app = parent.add_subcommand("begin", "Write down that a step begins, and print its command's words");
  const auto options = add_job_options(*app);
  app->add_option("--ranks", options->share.ranks, "of the job");
  app->add_option("--threads", options->share.threads, "a rank");
  app->add_option("--device", options->device, "cpu or cuda");
  return {app, [options, has_option = std::move(has_option)] { return begin(*options, has_option); }};
}

Subcommand study_job_end_command(CLI::App& parent) {
  auto* app = parent.add_subcommand("end", "Write down how it ended");
  const auto options = add_job_options(*app);
  app->add_option("--status", options->status, "the command's exit status")->required();
  app->add_option("--seconds", options->seconds, "that it took");
  return {app, [options] { return end(*options); }};
}

} // namespace cxr
