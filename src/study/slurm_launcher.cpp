#include "study/slurm_launcher.h"

#include <cstdio>
#include <sstream>

#include "core/atomic_file.h"
#include "core/error.h"
#include "core/log.h"
#include "study/template_text.h"

namespace cxr::study {
namespace fs = std::filesystem;
namespace {

struct Output {
  int status;
  std::string text; ///< stdout and stderr
};

/// Runs a command to its end. @throws std::runtime_error if it can't be started
Output output_of(const std::vector<std::string>& command) {
  FILE* pipe = ::popen((join_words(command) + " 2>&1").c_str(), "re");
  if (!pipe) throw std::runtime_error(fmt::format("{}: cannot start it", command[0]));
  Output output{};
  std::array<char, 4096> buffer{};
  while (const auto count = std::fread(buffer.data(), 1, buffer.size(), pipe)) output.text.append(buffer.data(), count);
  const int status = ::pclose(pipe);
  output.status = WIFEXITED(status) ? WEXITSTATUS(status) : kFailed;
  return output;
}

/// step.sbatch's folder: beside the program's sources, or in the installation.
fs::path scripts_folder(const std::string& program) {
  const auto installed = fs::path(program).parent_path().parent_path() / CXR_DATA_FOLDER / "slurm";
  return fs::exists(installed) ? installed : fs::path(CXR_SOURCE_DIR) / "slurm";
}

std::string submit_job(const std::vector<std::string>& command) {
  const auto output = output_of(command);
  if (output.status != 0) throw std::runtime_error(fmt::format("{}\n{}", join_words(command), output.text));
  auto job = output.text.substr(0, output.text.find_first_of(";\n")); // "12" or "12;cluster"
  if (job.empty() || job.find_first_not_of("0123456789") != std::string::npos)
    throw std::runtime_error(fmt::format("sbatch: a job's number expected, found {}", output.text));
  return job;
}

void note_job(const StudyFolder& folder, std::size_t step, const StepStatus& status, const std::string& job) {
  auto record = status.record.value_or(new_record(folder.study().steps[step]));
  if (!status.record) record.state = RunState::kSubmitted;
  record.job = job;
  write_record(folder.path(), record);
}

/// "running" of RUNNING, and why a job waits.
std::string state_in_words(std::string state, const std::string& reason) {
  std::ranges::transform(state, state.begin(), [](unsigned char c) { return std::tolower(c); });
  return state == "pending" && !reason.empty() && reason != "None" ? fmt::format("{} ({})", state, reason) : state;
}

} // namespace

std::map<std::string, std::string> queue_of(const StudyFile& study, const std::vector<StepStatus>& statuses) {
  std::map<std::string, std::string> queue, states;
  const auto has_job = [](const StepStatus& status) { return status.record && !status.record->job.empty(); };
  if (std::ranges::none_of(statuses, has_job)) return queue;
  const auto output = output_of({"squeue", "--array", "--noheader", "--format=%i|%T|%r"});
  if (output.status != 0) {
    log::warn("squeue: {}", output.text.substr(0, output.text.find('\n')));
    return queue;
  }
  std::istringstream lines(output.text);
  for (std::string line; std::getline(lines, line);) {
    const auto first = line.find('|'), second = line.find('|', first + 1);
    if (second != std::string::npos)
      states[line.substr(0, first)] = state_in_words(line.substr(first + 1, second - first - 1), line.substr(second + 1));
  }
  for (std::size_t i = 0; i < statuses.size(); ++i) {
    if (!has_job(statuses[i])) continue;
    if (const auto found = states.find(statuses[i].record->job); found != states.end()) queue[study.steps[i].name] = found->second;
  }
  return queue;
}

namespace {

/// sbatch's words for a job of these steps.
std::vector<std::string> sbatch_command(const StudyFolder& folder, const SlurmSite& site, const std::vector<std::size_t>& steps,
                                        const std::string& dependency, const LaunchSettings& settings, const fs::path& scripts) {
  const auto& study = folder.study();
  const auto path = fs::absolute(folder.path()).lexically_normal();
  std::vector<std::string> command = {"sbatch"};
  const auto options = job_options(site, study.steps[steps[0]], settings, path);
  command.insert(command.end(), options.begin(), options.end());
  command.push_back(fmt::format("--job-name={}", study.steps[steps[0]].name));
  if (!dependency.empty()) command.insert(command.end(), {"--dependency=" + dependency, "--kill-on-invalid-dep=yes"});
  const auto limit = site.array_limit > 0 ? fmt::format("%{}", site.array_limit) : std::string();
  if (steps.size() > 1) command.push_back(fmt::format("--array=0-{}{}", steps.size() - 1, limit));
  command.insert(command.end(), {(scripts / "step.sbatch").string(), path.string()});
  for (const auto step : steps) command.push_back(study.steps[step].name);
  return command;
}

} // namespace

int submit(StudyFolder& folder, const Selection& selection, const fs::path& site_file, const LaunchSettings& settings) {
  const auto& study = folder.study();
  const auto site = read_site(site_file);
  const auto scripts = scripts_folder(settings.program);
  folder.write_study();
  fs::create_directories(folder.path() / "jobs");
  write_file_atomically(folder.path() / "jobs" / "site.sh", job_preamble(site, settings, scripts));
  const auto statuses = folder.statuses();
  const auto queue = queue_of(study, statuses);
  std::vector<bool> is_left(study.steps.size());
  std::vector<std::string> queued(study.steps.size());
  for (std::size_t i = 0; i < is_left.size(); ++i) {
    if (queue.contains(study.steps[i].name)) queued[i] = statuses[i].record->job;
    is_left[i] = queued[i].empty() && selection.only[i] && (statuses[i].state != StepState::kDone || selection.force[i]);
    if (is_left[i] && selection.force[i]) folder.supersede(i);
  }
  JobPlan plan(study, is_left, queued);
  int jobs = 0;
  for (auto next = plan.next(); !next.empty(); next = plan.next()) {
    const auto job = submit_job(sbatch_command(folder, site, next, plan.dependency(next), settings, scripts));
    plan.submitted(next, job);
    for (const auto step : next) note_job(folder, step, statuses[step], plan.job_of(step));
    log::info("job {:>8}  {}{}", job, study.steps[next[0]].name,
              next.size() > 1 ? fmt::format(" and {} more", next.size() - 1) : "");
    ++jobs;
  }
  folder.save_digests();
  log::info("{} steps in {} jobs. cxr study status {} tells how they are", std::ranges::count(is_left, true), jobs,
            folder.path().string());
  return kDone;
}

} // namespace cxr::study
