/// @file
/// A study's steps for people: the graph before a run, the table after it.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "study/local_launcher.h"
#include "study/study_folder.h"

namespace cxr::study {

/// The graph, a line a step behind those that it needs: its state, name, result, and whose results it reads. Steps outside the
/// selection are in it for what they are.
std::string graph_text(const StudyFile& study, const std::vector<StepStatus>& statuses, const Selection& selection);

/// A line a step: state, time, memory, where its result is; where its log is if it failed.
/// @param queue what a queue says of steps, by name: "running", "pending (Priority)"
std::string status_text(const StudyFile& study, const std::vector<StepStatus>& statuses,
                        const std::map<std::string, std::string>& queue);

/// The same as JSON: [{name, state, why, seconds, out, log, job}].
std::string status_json(const StudyFile& study, const std::vector<StepStatus>& statuses,
                        const std::map<std::string, std::string>& queue);

/// How many steps of each state, those that wait for others among those to do: "23 done, 2 failed, 80 to do".
std::string summary_text(const std::vector<StepStatus>& statuses);

/// What to do where tables wait for steps that failed, on a line of its own; "" where none does.
std::string advice_text(const StudyFile& study, const std::vector<StepStatus>& statuses);

} // namespace cxr::study
