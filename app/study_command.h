/// @file
/// `cxr study run|status|plan`: a study file taken to all its tables, as a graph of the program's commands.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "core/options.h"
#include "study/step_run.h"

namespace cxr {

/// Whether a command has an option: {"train", "unet", …}, "--threads". @throws InputError if there is no such command
using OptionQuery = std::function<bool(const std::vector<std::string>& command, const std::string& option)>;

/// What `cxr study run` is told; what `cxr demo` fills in by itself.
struct StudyOptions {
  std::filesystem::path file, out; ///< out empty: a folder called as the file is
  std::string launcher = "local", device, site, plan;
  int threads = -1, ranks = 0, jobs = 0; ///< -1: the study's; 0: fitted to the machine
  std::vector<std::string> set, leave_out, only, force;
  bool is_dry = false, is_quiet = false;
};

/// Where no study is named, the word of --set, --leave-out, --only or --force that names one: a list of words takes all that follow
/// it.
/// @throws InputError if there is none
void find_study(StudyOptions& options);

/// What stands in place of the study file's. @throws InputError for a --set that is not NAME=VALUE
study::Overrides overrides_of(const StudyOptions& options);

/// What every launch of a study's steps is given.
study::LaunchSettings launch_settings(const StudyOptions& options, const study::StudyFile& study, const OptionQuery& has_option);

/// Runs a study. @return an exit status
int run_study(const StudyOptions& options, const OptionQuery& has_option);

Subcommand study_run_command(CLI::App& parent, OptionQuery has_option);
Subcommand study_status_command(CLI::App& parent);
Subcommand study_plan_command(CLI::App& parent, OptionQuery has_option);
/// `cxr study job begin|end`: what slurm/step.sbatch calls around a step's command.
Subcommand study_job_begin_command(CLI::App& parent, OptionQuery has_option);
Subcommand study_job_end_command(CLI::App& parent);

} // namespace cxr
