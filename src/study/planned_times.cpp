#include "study/planned_times.h"

#include <fstream>

#include <nlohmann/json.hpp>

#include "core/error.h"

namespace cxr::study {
namespace {

constexpr double kSlowerNode = 2, kMargin = 600; ///< times, s

} // namespace

PlannedTimes read_planned_times(const std::filesystem::path& file, const StudyFile& study) {
  PlannedTimes times;
  if (file.empty()) return times;
  std::ifstream stream(file);
  if (!stream) throw InputError(file.string(), "", "a plan, as cxr study plan --json prints it", "no such file");
  bool is_of_study = false;
  try {
    for (const auto& entry : nlohmann::json::parse(stream)) {
      const auto name = entry.at("name").get<std::string>();
      is_of_study |= std::ranges::find(study.steps, name, &Step::name) != study.steps.end();
      if (!entry.contains("seconds")) continue;
      times[name] = {.start = entry.at("start_seconds").get<double>(),
                     .alone = entry.at("seconds_alone").get<double>(),
                     .seconds = entry.at("seconds").get<double>(),
                     .ranks = entry.at("ranks").get<int>()};
    }
  } catch (const nlohmann::json::exception& error) {
    throw InputError(file.string(), "", "a plan, as cxr study plan --json prints it", error.what());
  }
  if (!is_of_study) throw InputError(file.string(), "name", fmt::format("steps of {}", study.file.string()), "none of them");
  return times;
}

std::optional<double> planned_seconds(const PlannedTimes& times, const std::string& step, int ranks) {
  const auto found = times.find(step);
  if (found == times.end()) return std::nullopt;
  const auto& time = found->second;
  if (ranks >= time.ranks) return time.seconds;
  return time.start + (time.alone - time.start) / ranks;
}

double time_limit(double expected_seconds) { return kSlowerNode * expected_seconds + kMargin; }

} // namespace cxr::study
