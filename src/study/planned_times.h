/// @file
/// What `cxr study plan --json` found that steps take, as time limits of jobs.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "study/study_file.h"

namespace cxr::study {

/// Of a step that the plan has times of.
struct PlannedTime {
  double start = 0, alone = 0; ///< s: of a rank's start, and of the step on one rank
  double seconds = 0;          ///< on `ranks`
  int ranks = 1;
};

/// By the names of steps; those that were not timed are left out.
using PlannedTimes = std::map<std::string, PlannedTime>;

/// No times where `file` is empty. @throws InputError for a file that is not a plan, or the plan of another study
PlannedTimes read_planned_times(const std::filesystem::path& file, const StudyFile& study);

/// How long a step takes on so many ranks; none where the plan does not say. On more ranks than the plan had, as on those.
std::optional<double> planned_seconds(const PlannedTimes& times, const std::string& step, int ranks);

/// The time limit of a job that is expected to take so long: twice that, for a slower node, and ten minutes more.
double time_limit(double expected_seconds);

} // namespace cxr::study
