/// @file
/// What is about to be submitted, written down before sbatch is called: STUDY/jobs/NAME.asked. A launch that ends before it learns
/// the job's number (a time-out, a kill) leaves the note behind, and the next one finds the job by it.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "study/slurm_commands.h"

namespace cxr::study {

struct SubmissionNote {
  std::string comment;            ///< the job's
  bool is_array = false;          ///< each step is a task; else the job runs all
  std::vector<std::string> steps; ///< names; the first is the job's
};

/// A comment that no other submission has: "cxr-0123456789abcdef".
std::string new_comment(const std::filesystem::path& study);

void write_note(const std::filesystem::path& study, const SubmissionNote& note);
void remove_note(const std::filesystem::path& study, const SubmissionNote& note);
/// Those that are left behind.
std::vector<SubmissionNote> read_notes(const std::filesystem::path& study);

/// The steps whose job of the queue is a note's, with its id: (name, "12_3"). @param known numbers of jobs that records name
std::vector<std::pair<std::string, std::string>> forgotten_jobs(const std::filesystem::path& study, const SubmissionNote& note,
                                                                const std::vector<QueuedJob>& queue,
                                                                const std::set<std::string>& known);

} // namespace cxr::study
