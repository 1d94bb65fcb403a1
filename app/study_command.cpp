/// @file
/// `cxr study run STUDY.toml`: every step of a study that is not done, each as a command that a user can type.
///
///     cxr study run experiments/studies/chambon2022.toml --out chambon2022 --set sd=stable-diffusion-v1-4 --dry-run
///     cxr study run experiments/studies/chambon2022.toml --out chambon2022 --launcher slurm
///     cxr study status chambon2022
#include "app/study_command.h"

#include <cstdio>
#include <thread>

#include "core/error.h"
#include "core/log.h"
#include "core/privacy.h"
#include "dist/communicator.h"
#include "run/folder_lock.h"
#include "study/local_launcher.h"
#include "study/missing_inputs.h"
#include "study/selection.h"
#include "study/slurm_launcher.h"
#include "study/study_place.h"
#include "study/study_table.h"

namespace cxr {
namespace fs = std::filesystem;
namespace {

/// Where a study's file and folder are. A folder stands for the study that was run in it.
struct StudyPlace {
  fs::path file, folder;
};

StudyPlace place_of(const StudyOptions& options) {
  auto file = options.file;
  if (fs::is_directory(file)) {
    if (!fs::exists(file / "source.toml"))
      throw InputError(file.string(), "", "a study file, or the folder of a study that was run", "a folder without source.toml");
    return {file / "source.toml", options.out.empty() ? file : options.out};
  }
  return {file, options.out.empty() ? fs::path(file.stem()) : options.out};
}

/// Typing errors are told before the first step runs, not after the tenth. @throws InputError
void check_commands(const study::StudyFile& study, const OptionQuery& has_option) {
  for (const auto& step : study.steps) {
    const auto place = fmt::format("step {}, command", step.name);
    if (step.command[0] == "study" || step.command[0] == "demo")
      throw InputError(study.file.string(), place, "a command that is no study", step.command[0]);
    try {
      has_option(step.command, "--help");
    } catch (const InputError& error) {
      throw InputError(study.file.string(), place, "a command of cxr", step.command[0]);
    }
    for (const auto& word : step.command) {
      const auto option = word.substr(0, word.find('='));
      if (word.starts_with("--") && !has_option(step.command, option))
        throw InputError(study.file.string(), place,
                         fmt::format("an option of cxr {} ({})", step.command[0], "cxr COMMAND --help lists them"), option);
    }
  }
}

int gpus_of_machine() {
  std::error_code none;
  int gpus = 0;
  for (fs::directory_iterator entry("/proc/driver/nvidia/gpus", none), end; !none && entry != end; entry.increment(none)) ++gpus;
  return gpus;
}

study::LocalMachine machine_of(const StudyOptions& options, const study::StudyFile& study, const std::string& device) {
  study::LocalMachine machine{.cores = static_cast<int>(std::max(std::thread::hardware_concurrency(), 1u)),
                              .gpus = gpus_of_machine(),
                              .threads = options.threads >= 0 ? options.threads : study.execution.threads,
                              .ranks = options.ranks > 0 ? options.ranks : study.execution.ranks,
                              .jobs = options.jobs};
  if (device == "cuda" && machine.gpus == 0) throw InputError("--device", "cuda", "a GPU", "none on this machine");
  return machine;
}

int status_of(const study::Outcome& outcome) {
  const auto has = [&](study::Ending ending) { return std::ranges::find(outcome.endings, ending) != outcome.endings.end(); };
  if (has(study::Ending::kFailed)) return kFailed;
  if (has(study::Ending::kStopped)) return kInterrupted;
  return has(study::Ending::kBlocked) ? kFailed : kDone;
}

study::Selection selection_of(const StudyOptions& options, const study::StudyFile& study) {
  study::Selection selection{.only = std::vector<bool>(study.steps.size(), true),
                             .force = study::select(study, options.force, "--force")};
  if (!options.only.empty()) selection.only = study::select(study, options.only, "--only");
  return selection;
}

void refuse_ranks() {
  if (world().size() > 1)
    throw InputError("cxr study", "ranks", "one process, which starts the ranks of its steps (--ranks)",
                     fmt::format("{}", world().size()));
}

int run_here(study::StudyFolder& folder, const study::Selection& selection, const StudyOptions& options,
             const OptionQuery& has_option) {
  const auto& study = folder.study();
  const auto settings = launch_settings(options, study, has_option);
  const auto machine = machine_of(options, study, settings.device);
  study::make_place(folder.path());
  const FolderLock lock(folder.path(), IfOwned::kRefuse);
  folder.write_study();
  const auto outcome = study::run_locally(folder, selection, machine, settings);
  const auto statuses = folder.statuses();
  log::info("\n{}\n{}: {}. Steps' logs are in {}{}", study::status_text(study, statuses, {}), folder.path().string(),
            study::summary_text(statuses), (folder.path() / "logs").string(), study::advice_text(study, statuses));
  folder.save_digests();
  return status_of(outcome);
}

/// The graph, and what of the inputs is missing.
int draw(study::StudyFolder& folder, const study::Selection& selection) {
  const auto& study = folder.study();
  const auto statuses = folder.statuses();
  fmt::print("{}: {}\n{}{}\n", study.title, folder.path().string(), study::graph_text(study, statuses, selection),
             study::summary_text(statuses));
  const auto missing = study::missing_inputs(study, selection.only);
  if (!missing.empty())
    fmt::print("Inputs that are missing, {} (\"\" leaves out what needs one; --set NAME=PATH):\n", missing.size());
  for (const auto& input : missing) fmt::print("  {}\n", privacy::shown(study::text_of(input)));
  return kDone;
}

struct StatusOptions {
  StudyOptions study;
  bool as_json = false;
};

int print_status(const StatusOptions& options) {
  auto given = options.study;
  find_study(given);
  const auto place = place_of(given);
  const auto study = study::read_study_file(place.file, overrides_of(given));
  study::check_place(place.folder);
  if (!fs::exists(place.folder / "source.toml"))
    throw InputError(place.folder.string(), "", "the folder of a study that was run", "none (cxr study run makes it)");
  study::StudyFolder folder(study, place.folder);
  auto statuses = folder.statuses();
  const auto answer = study::queue_of(study, statuses);
  if (answer) study::tell_lost_jobs(study, *answer, statuses);
  const auto queue = answer.value_or(std::map<std::string, std::string>());
  const auto text = options.as_json ? study::status_json(study, statuses, queue)
                                    : fmt::format("{}{}: {}{}", study::status_text(study, statuses, queue), place.folder.string(),
                                                  study::summary_text(statuses), study::advice_text(study, statuses));
  std::puts(text.c_str());
  return kDone;
}

void add_study_options(CLI::App& app, StudyOptions& options) {
  app.add_option("study", options.file, "a study file (experiments/studies), or the folder of a study that was run; required");
  app.add_option("--out", options.out, "the study's folder; by default one called as the file is, in the current folder");
  app.add_option("--set", options.set, "NAME=VALUE: a setting or input in place of the file's; may be given again");
  app.add_option("--leave-out", options.leave_out,
                 "steps, or patterns of their names, to do without: the tables are made of the rest");
}

/// A study file, or a study's folder.
bool is_study(const std::string& word) {
  std::error_code none;
  const fs::path path(word);
  return (fs::is_regular_file(path, none) && path.extension() == ".toml") || fs::is_regular_file(path / "source.toml", none);
}

} // namespace

void find_study(StudyOptions& options) {
  const auto take = [&](std::vector<std::string>& words, const auto& is_it) {
    const auto found = options.file.empty() ? std::ranges::find_if(words, is_it) : words.end();
    if (found == words.end()) return;
    options.file = *found;
    words.erase(found);
  };
  for (auto* words : {&options.set, &options.leave_out, &options.only, &options.force}) take(*words, is_study);
  take(options.set, [](const std::string& word) { return word.find('=') == std::string::npos; }); // a file that is not there
  if (options.file.empty()) throw InputError("cxr study", "study", "a study file, or the folder of a study that was run", "none");
}

study::Overrides overrides_of(const StudyOptions& options) {
  study::Overrides overrides{.values = {}, .leave_out = options.leave_out};
  for (const auto& text : options.set) {
    const auto equals = text.find('=');
    if (equals == 0 || equals == std::string::npos) throw InputError("--set", "", "NAME=VALUE", text);
    overrides.values[text.substr(0, equals)] = text.substr(equals + 1);
  }
  return overrides;
}

study::LaunchSettings launch_settings(const StudyOptions& options, const study::StudyFile& study, const OptionQuery& has_option) {
  return {.program = fs::read_symlink("/proc/self/exe").string(),
          .version = CXR_VERSION,
          .device = options.device.empty() ? study.execution.device : options.device,
          .is_private = study.is_private,
          .has_option = has_option};
}

int run_study(const StudyOptions& given, const OptionQuery& has_option) {
  refuse_ranks();
  auto options = given;
  find_study(options);
  log::set_quiet(options.is_quiet);
  const auto place = place_of(options);
  const auto study = study::read_study_file(place.file, overrides_of(options));
  if (study.is_private) privacy::turn_on();
  check_commands(study, has_option);
  study::StudyFolder folder(study, place.folder);
  const auto selection = selection_of(options, study);
  if (options.is_dry) return draw(folder, selection);
  study::require_inputs(study, selection.only);
  if (options.launcher == "slurm")
    return study::submit(folder, selection, {.site = options.site, .plan = options.plan},
                         launch_settings(options, study, has_option));
  return run_here(folder, selection, options, has_option);
}

Subcommand study_run_command(CLI::App& parent, OptionQuery has_option) {
  auto* app = parent.add_subcommand("run", "Run what is not done of a study, here or as jobs of Slurm's");
  auto options = std::make_shared<StudyOptions>();
  add_study_options(*app, *options);
  app->add_option("--launcher", options->launcher, "local: here; slurm: as jobs, one a step")
      ->check(CLI::IsMember({"local", "slurm"}))
      ->capture_default_str();
  app->add_flag("--dry-run", options->is_dry, "only draw the graph: what is done, stale and to do");
  app->add_option("--only", options->only, "steps, or patterns of their names (\"train-*\"); what they need must be done");
  app->add_option("--force", options->force, "steps to run again though they are done; the old results go to superseded/");
  app->add_option("--site", options->site, "of slurm: the site file; by default that of slurm/site.toml's values");
  app->add_option("--plan", options->plan,
                  "of slurm: times of steps, as cxr study plan --json prints them, for the jobs' time limits and for packs");
  app->add_option("--device", options->device, "where models run: cpu, cuda; by default as the study says")
      ->check(CLI::IsMember({"cpu", "cuda"}));
  app->add_option("--ranks", options->ranks, "of a step that takes any number; by default one, or one a GPU")
      ->check(CLI::Range(1, 1 << 20));
  app->add_option("--threads", options->threads, "a rank; 0: all cores for one step at a time; by default as the study says")
      ->check(CLI::Range(0, 1024));
  app->add_option("--jobs", options->jobs, "steps at a time at most; by default as many as there are cores or GPUs for")
      ->check(CLI::Range(1, 1024));
  app->add_flag("--quiet", options->is_quiet, "no lines but warnings and errors");
  return {app, [options, has_option = std::move(has_option)] { return run_study(*options, has_option); }};
}

Subcommand study_status_command(CLI::App& parent) {
  auto* app = parent.add_subcommand("status", "What of a study is done, at work, queued, failed");
  auto options = std::make_shared<StatusOptions>();
  add_study_options(*app, options->study);
  app->add_flag("--json", options->as_json, "print JSON instead");
  return {app, [options] { return print_status(*options); }};
}

} // namespace cxr
