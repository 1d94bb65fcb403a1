/// @file
/// `cxr study plan STUDY.toml`: times a few steps of each kind on this machine, and says what the study takes of time, memory, disk
/// and GPUs on N ranks. Nothing of the study itself is run or written.
#include <cstdio>
#include <cstring>
#include <thread>

#include "app/study_command.h"
#include "core/error.h"
#include "core/log.h"
#include "core/signals.h"
#include "core/timing.h"
#include "study/cost.h"
#include "study/missing_inputs.h"
#include "study/step_run.h"

#include <nlohmann/json.hpp>

namespace cxr {
namespace fs = std::filesystem;
namespace {

constexpr double kEnough = 2;    ///< s by which the longer of two runs must be longer, for the noise of a start not to count
constexpr int kGrowth = 4;       ///< of a run that was not long enough
constexpr int kMostUnits = 4096; ///< of a run

struct PlanOptions {
  StudyOptions study;
  int ranks = 1;
  bool as_json = false;
};

/// TMPDIR, or /tmp. @throws InputError if it is no folder
fs::path temporary_place() {
  std::error_code error;
  auto place = fs::temp_directory_path(error);
  if (!error) return place;
  const char* named = std::getenv("TMPDIR");
  throw InputError("TMPDIR", named ? named : "/tmp", "a folder that can be written", error.message());
}

/// A folder for the timed runs, which goes with the object.
class ScratchFolder {
 public:
  ScratchFolder() {
    auto name = (temporary_place() / "cxr-plan-XXXXXX").string();
    if (!::mkdtemp(name.data()))
      throw InputError("TMPDIR", fs::path(name).parent_path().string(), "a folder that can be written", std::strerror(errno));
    path_ = name;
  }
  ~ScratchFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

double size_on_disk(const fs::path& path) {
  if (fs::is_regular_file(path)) return static_cast<double>(fs::file_size(path));
  double bytes = 0;
  if (!fs::is_directory(path)) return bytes;
  for (const auto& entry : fs::recursive_directory_iterator(path))
    bytes += entry.is_regular_file() ? static_cast<double>(entry.file_size()) : 0;
  return bytes;
}

/// Times commands of the program, one at a time.
class Timer {
 public:
  Timer(const study::StudyFile& study, int threads, study::LaunchSettings settings)
      : study_(study),
        share_{.ranks = 1, .threads = threads},
        settings_(std::move(settings)),
        data_(folder_.path(), [this](const auto& words) { return run(words).status; }) {}

  /// The cost of one kind of step. @throws std::runtime_error with the command's own words if it can't be run
  study::CostModel measure(const study::Step& step) {
    const auto work = study::workload(study_, step);
    std::vector<study::Measurement> runs;
    const bool has_inner = work.inner > 1;
    runs.push_back(timed(step, {.units = 1, .inner = has_inner ? 2 : 1}));
    for (int units = kGrowth; units <= std::min<double>(std::max(work.units, 2.), kMostUnits) || runs.size() < 2;
         units *= kGrowth) {
      auto run = timed(step, {.units = units, .inner = runs[0].size.inner});
      if (runs.size() > 1) runs.pop_back();
      runs.push_back(run);
      if (run.seconds > runs[0].seconds + kEnough) break;
    }
    if (has_inner) runs.push_back(with_more_inner(step, runs.back(), static_cast<int>(work.inner)));
    return study::fit_cost(runs);
  }

 private:
  study::Measurement with_more_inner(const study::Step& step, const study::Measurement& least, int most) {
    for (int inner = least.size.inner * kGrowth;; inner *= kGrowth) {
      const auto run = timed(step, {.units = least.size.units, .inner = std::min(inner, std::max(most, least.size.inner + 1))});
      if (inner >= most || run.seconds > least.seconds + kEnough) return run;
    }
  }

  study::Measurement timed(const study::Step& step, study::ProbeSize size) {
    auto words = study::probe_command(study_, step, size, data_);
    const auto out = fmt::format("probe-{}{}", runs_++, fs::path(step.out).extension().string());
    words->insert(words->end(), {"--out", out});
    const auto exit = run(*words);
    if (exit.status != kDone) throw std::runtime_error(study::last_words(log()));
    return {.size = size,
            .seconds = exit.seconds,
            .peak_memory_bytes = exit.peak_memory_bytes,
            .disk_bytes = static_cast<std::int64_t>(size_on_disk(folder_.path() / out))};
  }

  study::Exit run(std::vector<std::string> words) {
    words = study::with_execution(std::move(words), share_, settings_);
    words.insert(words.begin(), settings_.program);
    study::Process process({.command = words, .folder = folder_.path(), .log = log(), .environment = {}});
    for (;;) {
      if (const auto exit = process.poll()) return *exit;
      signals::throw_if_received();
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  }

  fs::path log() const { return folder_.path() / "log"; }

  const study::StudyFile& study_;
  study::Share share_;
  study::LaunchSettings settings_;
  ScratchFolder folder_;
  study::ProbeData data_;
  int runs_ = 0;
};

struct PlannedStep {
  const study::Step* step;
  study::Workload work;
  std::optional<study::CostModel> model;
  study::StepCost cost, alone; ///< on the ranks that it gets, and on one
};

std::vector<PlannedStep> plan_steps(const study::StudyFile& study, const PlanOptions& options,
                                    const study::LaunchSettings& settings) {
  const int threads = options.study.threads >= 0 ? options.study.threads : study.execution.threads;
  Timer timer(study, threads, settings);
  std::map<std::string, std::optional<study::CostModel>> kinds;
  std::vector<PlannedStep> planned;
  for (const auto& step : study.steps) {
    PlannedStep entry{.step = &step, .work = study::workload(study, step), .model = std::nullopt, .cost = {}, .alone = {}};
    const auto kind = study::probe_kind(study, step);
    const auto is_missing = [](const std::string& input) { return !fs::exists(input); };
    if (!kind.empty() && !kinds.contains(kind)) {
      kinds[kind] = std::nullopt;
      try {
        if (std::ranges::any_of(step.inputs, is_missing)) throw std::runtime_error("an input is not there");
        log::info("times {}", step.what);
        kinds[kind] = timer.measure(step);
      } catch (const Interrupted&) {
        throw;
      } catch (const std::exception& error) {
        log::warn("{}: not timed: {}", step.name, error.what());
      }
    }
    if (!kind.empty()) entry.model = kinds.at(kind);
    if (entry.model) {
      entry.cost = study::step_cost(*entry.model, entry.work, step.ranks(options.ranks));
      entry.alone = study::step_cost(*entry.model, entry.work, 1);
    }
    planned.push_back(entry);
  }
  return planned;
}

std::string mebibytes(double bytes) { return fmt::format("{:.0f} MiB", std::ceil(bytes / (1 << 20))); }

void print_plan(const std::vector<PlannedStep>& plan, const PlanOptions& options, const std::string& device) {
  std::size_t width = 4;
  for (const auto& entry : plan) width = std::max(width, entry.step->name.size());
  fmt::print("{:<{}}  {:>15} {:>14} {:>6} {:>14} {:>13} {:>10} {:>12}\n", "step", width, "work", "on one rank", "ranks", "on them",
             "memory a rank", "disk", device == "cuda" ? "GPU-hours" : "rank-hours");
  double alone = 0, together = 0, hours = 0, disk = 0;
  int untimed = 0;
  for (const auto& entry : plan) {
    const auto work = entry.work.unit.empty() ? std::string() : fmt::format("{:.0f} {}", entry.work.units, entry.work.unit);
    if (!entry.model) {
      ++untimed;
      fmt::print("{:<{}}  {:>15} {:>14}\n", entry.step->name, width, work, "not timed");
      continue;
    }
    fmt::print("{:<{}}  {:>15} {:>14} {:>6} {:>14} {:>13} {:>10} {:>12.3f}\n", entry.step->name, width, work,
               format_duration(entry.alone.seconds), entry.cost.ranks, format_duration(entry.cost.seconds),
               mebibytes(static_cast<double>(entry.cost.peak_memory_bytes)), mebibytes(entry.cost.disk_bytes),
               entry.cost.rank_seconds / 3600);
    alone += entry.alone.seconds;
    together += entry.cost.seconds;
    hours += entry.cost.rank_seconds / 3600;
    disk += entry.cost.disk_bytes;
  }
  fmt::print("{:<{}}  {:>15} {:>14} {:>6} {:>14} {:>13} {:>10} {:>12.3f}\n", "all, one after the other", width, "",
             format_duration(alone), options.ranks, format_duration(together), "", mebibytes(disk), hours);
  fmt::print(
      "\nAssumed: phantoms take the time of radiographs of their size, and an adapted model that of the original; time grows with "
      "the work in a straight\n"
      "line; ranks share it evenly, with nothing lost in a training's exchange of gradients; every rank is a machine, or a GPU, "
      "like this one{}.\n",
      device == "cuda" ? "" : " (CPU)");
  if (untimed > 0)
    fmt::print("{} steps were not timed: preparation depends on its source's disk, tables and figures take seconds to a minute.\n",
               untimed);
}

std::string plan_json(const std::vector<PlannedStep>& plan) {
  auto list = nlohmann::ordered_json::array();
  for (const auto& entry : plan) {
    nlohmann::ordered_json step = {{"name", entry.step->name}, {"units", entry.work.units}, {"unit", entry.work.unit}};
    if (entry.model) {
      step["start_seconds"] = entry.model->start;
      step["unit_seconds"] = entry.model->unit + entry.model->inner * entry.work.inner;
      step["seconds_alone"] = entry.alone.seconds;
      step["ranks"] = entry.cost.ranks;
      step["seconds"] = entry.cost.seconds;
      step["rank_seconds"] = entry.cost.rank_seconds;
      step["peak_memory_bytes"] = entry.cost.peak_memory_bytes;
      step["disk_bytes"] = entry.cost.disk_bytes;
    }
    list.push_back(std::move(step));
  }
  return list.dump(1);
}

int make_plan(PlanOptions options, const OptionQuery& has_option) {
  find_study(options.study);
  const auto study = study::read_study_file(options.study.file, overrides_of(options.study));
  for (const auto& input : study::missing_inputs(study, std::vector<bool>(study.steps.size(), true)))
    log::warn("missing: {}", study::text_of(input));
  const auto settings = launch_settings(options.study, study, has_option);
  const auto plan = plan_steps(study, options, settings);
  if (options.as_json) {
    std::puts(plan_json(plan).c_str());
  } else {
    print_plan(plan, options, settings.device);
  }
  return kDone;
}

} // namespace

Subcommand study_plan_command(CLI::App& parent, OptionQuery has_option) {
  auto* app = parent.add_subcommand("plan", "Time a few steps of each kind here, and say what the whole study takes");
  auto options = std::make_shared<PlanOptions>();
  app->add_option("study", options->study.file, "a study file (experiments/studies); required");
  app->add_option("--set", options->study.set, "NAME=VALUE: a setting or input in place of the file's; may be given again");
  app->add_option("--leave-out", options->study.leave_out, "steps, or patterns of their names, that the study is to do without");
  app->add_option("--ranks", options->ranks, "that the study is to run on")->check(CLI::Range(1, 1 << 20))->capture_default_str();
  app->add_option("--threads", options->study.threads, "a rank; by default as the study says")->check(CLI::Range(0, 1024));
  app->add_option("--device", options->study.device, "what is timed: cpu, cuda; by default as the study says")
      ->check(CLI::IsMember({"cpu", "cuda"}));
  app->add_flag("--json", options->as_json, "print JSON instead");
  return {app, [options, has_option = std::move(has_option)] { return make_plan(*options, has_option); }};
}

} // namespace cxr
