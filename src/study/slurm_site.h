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
  std::string gres; ///< "gpu:a100": how a node's GPUs are asked for, in place of --gpus-per-node; their number is added
  std::string cpu_partition, cpu_account, cpu_qos; ///< of steps that use no GPU; empty: as the others
  std::string cpu_gres;                            ///< what they ask for all the same, where a site wants that
  int pack = 0;                                    ///< short steps a job at most; 0: a job, or an array's task, each
  std::string pack_time = "01:00:00";              ///< a step is short, and a pack full, by this
  std::vector<std::string> modules;
  std::string container;          ///< an Apptainer image that the program runs in; empty: none
  std::vector<std::string> lines; ///< "#SBATCH …" lines are options of every job, others are run before the program
};

/// The defaults where `file` is empty. @throws InputError (file, key, expected, found)
SlurmSite read_site(const std::filesystem::path& file);

/// The ranks that a step gets.
int ranks_of(const SlurmSite& site, const Step& step);

/// Whether a step's command runs on a GPU, with these settings.
bool uses_gpu(const Step& step, const LaunchSettings& settings);

/// The options of sbatch for a job of one step, or of several of one kind.
/// @param time the limit; empty: the step's own, or the site's
std::vector<std::string> job_options(const SlurmSite& site, const Step& step, const LaunchSettings& settings,
                                     const std::filesystem::path& study, const std::string& time = "");

/// What a job's script sources before it runs the program: the program's place, the site's own lines, then modules, which end the
/// job with a message if they can't be loaded.
/// @param scripts the folder of step.sbatch and on_ranks.sh
std::string job_preamble(const SlurmSite& site, const LaunchSettings& settings, const std::filesystem::path& scripts);

} // namespace cxr::study
