/// @file
/// What a cluster's jobs are asked for with: slurm/site.toml.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "study/step_run.h"

namespace cxr::study {

/// A site file's keys, each with its default.
struct SlurmSite {
  std::string launcher = "srun"; ///< "srun" (a Slurm with PMIx) or "mpirun"
  std::string partition, account, qos;
  int ranks = 4;         ///< of a step that takes any number; a GPU each on `device` cuda
  int gpus_per_node = 0; ///< 0: jobs that need no GPU
  int cpus_per_rank = 8;
  std::string memory_per_cpu = "2G";
  std::string time = "04:00:00"; ///< a step's own wins
  int signal_seconds = 300;      ///< before time runs out, the ranks are told to save
  int array_limit = 0;           ///< tasks of an array at a time; 0: all
  std::vector<std::string> modules;
  std::string container;          ///< an Apptainer image that the program runs in; empty: none
  std::vector<std::string> lines; ///< "#SBATCH …" lines are options of every job, others are run before the program
};

/// The defaults where `file` is empty. @throws InputError (file, key, expected, found)
SlurmSite read_site(const std::filesystem::path& file);

/// The options of sbatch for a job of one step, or of an array of several of one kind.
std::vector<std::string> job_options(const SlurmSite& site, const Step& step, const LaunchSettings& settings,
                                     const std::filesystem::path& study);

/// What a job's script sources before it runs the program: modules, the program's place, the site's own lines.
/// @param scripts the folder of step.sbatch and on_ranks.sh
std::string job_preamble(const SlurmSite& site, const LaunchSettings& settings, const std::filesystem::path& scripts);

} // namespace cxr::study
