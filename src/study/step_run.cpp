#include "study/step_run.h"

#include <array>
#include <csignal>
#include <cstdlib>
#include <fstream>

#include <unistd.h>

#include "core/error.h"
#include "core/timing.h"
#include "study/template_text.h"

namespace cxr::study {
namespace fs = std::filesystem;
namespace {

std::string host_name() {
  std::array<char, 256> host{};
  ::gethostname(host.data(), host.size() - 1);
  return host.data();
}

std::string environment_or(const char* name, const std::string& fallback) {
  const char* value = std::getenv(name);
  return value ? value : fallback;
}

/// What starts several ranks; MPI's own options can be changed by CXR_MPIRUN.
std::vector<std::string> rank_launcher(int ranks) {
  if (ranks == 1) return {};
  auto words = split_words(environment_or("CXR_MPIRUN", "mpirun --oversubscribe --bind-to none"), "CXR_MPIRUN");
  words.insert(words.end(), {"-n", fmt::format("{}", ranks)});
  return words;
}

std::vector<std::string> with_out(const Step& step) {
  auto arguments = step.command;
  if (!step.reads_results) arguments.insert(arguments.end(), {"--out", step.out});
  return arguments;
}

} // namespace

std::string shown_command(const Step& step) { return "cxr " + join_words(with_out(step)); }

std::string last_words(const fs::path& log) {
  std::ifstream stream(log);
  std::string last, ours;
  for (std::string line; std::getline(stream, line);) {
    if (line.empty()) continue;
    last = line;
    if (line.starts_with("cxr: ")) ours = line;
  }
  return ours.empty() ? last : ours;
}

std::vector<std::string> step_arguments(const Step& step, Share share, const LaunchSettings& settings) {
  return with_execution(with_out(step), share, settings);
}

std::vector<std::string> with_execution(std::vector<std::string> arguments, Share share, const LaunchSettings& settings) {
  const auto command = arguments;
  const auto add = [&](const char* option, const std::string& value) {
    if (settings.has_option(command, option)) arguments.insert(arguments.end(), {option, value});
  };
  if (share.threads > 0) add("--threads", fmt::format("{}", share.threads));
  add("--device", settings.device);
  return arguments;
}

StepRecord begin_step(StudyFolder& folder, std::size_t number, const StepStatus& status, Share share,
                      const LaunchSettings& settings, bool force) {
  const auto& step = folder.study().steps[number];
  const auto inputs = folder.input_digests(number);
  const auto digest = folder.step_digest(number, inputs);
  const bool goes_on = status.record && status.record->digest == digest && !force && status.state != StepState::kStale;
  const auto out = folder.path() / step.out;
  // What another configuration made, or a file that no command goes on with; figures and tables are drawn over.
  if (!step.reads_results && ((status.record && !goes_on) || fs::is_regular_file(out))) folder.supersede(number);
  if (out.has_parent_path()) fs::create_directories(out.parent_path());
  auto record = new_record(step);
  if (goes_on) {
    record.seconds = status.record->seconds;
    record.launches = status.record->launches;
    record.peak_memory_bytes = status.record->peak_memory_bytes;
    record.exit_status = status.record->exit_status;
  }
  record.state = RunState::kStarted;
  record.digest = digest;
  record.inputs = inputs;
  record.began = utc_now();
  record.host = host_name();
  record.device = settings.device;
  record.program_version = settings.version;
  ++record.launches;
  record.ranks = share.ranks;
  record.threads = share.threads;
  if (status.record) record.job = status.record->job;
  write_record(folder.path(), record);
  std::ofstream log(folder.log_file(number), std::ios::app);
  log << fmt::format("\n== {} {}\n", record.began, shown_command(step));
  return record;
}

StepRecord end_step(StudyFolder& folder, std::size_t step, StepRecord record, const Exit& exit) {
  record.ended = utc_now();
  record.seconds += exit.seconds;
  record.exit_status = exit.status;
  record.peak_memory_bytes = std::max(record.peak_memory_bytes, exit.peak_memory_bytes);
  record.state = exit.status == kDone ? RunState::kDone : exit.status == kInterrupted ? RunState::kStopped : RunState::kFailed;
  if (record.state == RunState::kFailed)
    record.cause = fmt::format("exit status {}: {}", exit.status, last_words(folder.log_file(step)));
  if (record.state == RunState::kDone) {
    record.result = folder.result_of(step);
    if (record.result.digest.empty()) {
      record.state = RunState::kFailed;
      record.cause = fmt::format("it made no {}", record.out);
    }
  }
  write_record(folder.path(), record);
  return record;
}

StepRun::StepRun(StudyFolder& folder, std::size_t step, const StepStatus& status, Share share, const LaunchSettings& settings,
                 bool force)
    : folder_(folder),
      step_(step),
      share_(share),
      record_(begin_step(folder, step, status, share, settings, force)),
      process_(launch(settings)) {}

Launch StepRun::launch(const LaunchSettings& settings) const {
  const auto& step = folder_.study().steps[step_];
  auto command = rank_launcher(share_.ranks);
  command.push_back(settings.program);
  const auto arguments = step_arguments(step, share_, settings);
  command.insert(command.end(), arguments.begin(), arguments.end());
  Launch launch{.command = std::move(command), .folder = folder_.path(), .log = folder_.log_file(step_), .environment = {}};
  if (share_.threads > 0) launch.environment.emplace_back("OMP_NUM_THREADS", fmt::format("{}", share_.threads));
  launch.environment.emplace_back("OMPI_ALLOW_RUN_AS_ROOT", "1"); // a container's root is as good a user as any
  launch.environment.emplace_back("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1");
  if (settings.is_private) launch.environment.emplace_back("CXR_PRIVATE", "1");
  return launch;
}

std::optional<StepRecord> StepRun::poll() {
  static_assert(kStopSignal == SIGUSR1);
  const auto exit = process_.poll();
  if (!exit) return std::nullopt;
  record_ = end_step(folder_, step_, std::move(record_), *exit);
  return record_;
}

} // namespace cxr::study
