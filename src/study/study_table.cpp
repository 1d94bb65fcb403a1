#include "study/study_table.h"

#include <fmt/ranges.h>

#include <nlohmann/json.hpp>

#include "core/timing.h"

namespace cxr::study {
namespace {

constexpr std::size_t kMostNeeds = 4; ///< that a line of the graph names

const char* mark(StepState state) {
  switch (state) {
    case StepState::kDone:
      return "✓";
    case StepState::kFailed:
      return "✗";
    case StepState::kStale:
      return "↻";
    case StepState::kPartial:
      return "◐";
    default:
      return "○";
  }
}

std::size_t longest_name(const StudyFile& study) {
  std::size_t longest = 4;
  for (const auto& step : study.steps) longest = std::max(longest, step.name.size());
  return longest;
}

std::string needs_of(const StudyFile& study, const Step& step) {
  std::vector<std::string> names;
  for (const auto need : step.needs) names.push_back(study.steps[need].name);
  const auto rest = names.size() > kMostNeeds ? fmt::format(" and {} more", names.size() - kMostNeeds) : std::string();
  names.resize(std::min(names.size(), kMostNeeds));
  return names.empty() ? "" : fmt::format("  ← {}{}", fmt::join(names, ", "), rest);
}

std::string state_text(const StepStatus& status, const std::string& queued) {
  return queued.empty() ? state_name(status.state) : queued;
}

std::string queued(const std::map<std::string, std::string>& queue, const std::string& step) {
  const auto found = queue.find(step);
  return found == queue.end() ? "" : found->second;
}

} // namespace

std::string graph_text(const StudyFile& study, const std::vector<StepStatus>& statuses, const Selection& selection) {
  std::string text;
  const auto width = longest_name(study);
  for (const auto i : study.order) {
    const auto& step = study.steps[i];
    const auto& status = statuses[i];
    const bool runs = selection.only[i] && (status.state != StepState::kDone || selection.force[i]);
    const bool is_forced = selection.force[i] && status.state == StepState::kDone;
    const auto state = is_forced ? "again" : status.state == StepState::kWaiting ? "to do" : state_name(status.state);
    const auto why = status.state == StepState::kStale ? fmt::format(" ({})", status.why) : std::string();
    text += fmt::format("{} {} {:<6} {:<{}}  {}{}{}\n", runs ? "▶" : " ", mark(status.state), state, step.name, width, step.out,
                        why, needs_of(study, step));
  }
  for (const auto& [name, why] : study.left_out) text += fmt::format("  - left out {:<{}}  ({})\n", name, width, why);
  return text;
}

std::string status_text(const StudyFile& study, const std::vector<StepStatus>& statuses,
                        const std::map<std::string, std::string>& queue) {
  const auto width = longest_name(study);
  std::size_t state_width = 6;
  for (const auto& [step, state] : queue) state_width = std::max(state_width, state.size());
  auto text =
      fmt::format("  {:<{}}  {:<{}} {:>12} {:>10}  {}\n", "step", width, "state", state_width, "time", "memory", "where to look");
  for (const auto i : study.order) {
    const auto& step = study.steps[i];
    const auto& status = statuses[i];
    const auto state = state_text(status, queued(queue, step.name));
    const bool has_run = status.record && status.record->seconds > 0;
    const auto time = has_run ? format_duration(status.record->seconds) : std::string();
    const auto memory = has_run && status.record->peak_memory_bytes > 0
                            ? fmt::format("{} MiB", status.record->peak_memory_bytes >> 20)
                            : std::string();
    const bool has_log = status.state == StepState::kFailed || status.state == StepState::kPartial;
    auto place = has_log && status.record ? status.record->log : step.out;
    if (status.state != StepState::kDone && !status.why.empty()) place += fmt::format("  ({})", status.why);
    text += fmt::format("{} {:<{}}  {:<{}} {:>12} {:>10}  {}\n", mark(status.state), step.name, width, state, state_width, time,
                        memory, place);
  }
  return text;
}

std::string status_json(const StudyFile& study, const std::vector<StepStatus>& statuses,
                        const std::map<std::string, std::string>& queue) {
  auto list = nlohmann::ordered_json::array();
  for (const auto i : study.order) {
    const auto& step = study.steps[i];
    const auto& status = statuses[i];
    nlohmann::ordered_json entry = {
        {"name", step.name}, {"state", state_name(status.state)}, {"why", status.why}, {"out", step.out}};
    if (status.record) {
      entry["seconds"] = status.record->seconds;
      entry["log"] = status.record->log;
      entry["launches"] = status.record->launches;
      if (!status.record->job.empty()) entry["job"] = status.record->job;
    }
    if (const auto text = queued(queue, step.name); !text.empty()) entry["queue"] = text;
    list.push_back(std::move(entry));
  }
  return list.dump(1);
}

std::string advice_text(const StudyFile& study, const std::vector<StepStatus>& statuses) {
  std::vector<std::string> failed;
  bool has_waiting_results = false;
  for (std::size_t i = 0; i < study.steps.size(); ++i) {
    if (statuses[i].state == StepState::kFailed && !study.steps[i].reads_results) failed.push_back(study.steps[i].name);
    has_waiting_results |= study.steps[i].reads_results && statuses[i].state == StepState::kWaiting;
  }
  if (failed.empty() || !has_waiting_results) return "";
  const bool is_long = failed.size() > kMostNeeds;
  failed.resize(std::min(failed.size(), kMostNeeds));
  return fmt::format("\nThe tables wait for what failed. To have them without it: the same command with --leave-out {}{}",
                     fmt::join(failed, " "), is_long ? " …" : "");
}

std::string summary_text(const std::vector<StepStatus>& statuses) {
  std::vector<std::string> counts;
  for (const auto state : {StepState::kDone, StepState::kFailed, StepState::kStale, StepState::kPartial, StepState::kToDo}) {
    auto count = std::ranges::count(statuses, state, &StepStatus::state);
    if (state == StepState::kToDo) count += std::ranges::count(statuses, StepState::kWaiting, &StepStatus::state);
    if (count > 0) counts.push_back(fmt::format("{} {}", count, state_name(state)));
  }
  return fmt::format("{}", fmt::join(counts, ", "));
}

} // namespace cxr::study
