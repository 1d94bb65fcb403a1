#include "study/submission_note.h"

#include <charconv>
#include <chrono>
#include <fstream>

#include <unistd.h>

#include <fmt/format.h>

#include "core/atomic_file.h"
#include "core/digest.h"

namespace cxr::study {
namespace fs = std::filesystem;
namespace {

constexpr const char *kEnding = ".asked", *kArray = "array", *kJob = "job";

fs::path file_of(const fs::path& study, const SubmissionNote& note) { return study / "jobs" / (note.steps.front() + kEnding); }

/// 3 of "12_3"; 0 of "12".
std::size_t task_of(const std::string& id) {
  const auto bar = id.find('_');
  std::size_t task = 0;
  if (bar != std::string::npos) std::from_chars(id.data() + bar + 1, id.data() + id.size(), task);
  return task;
}

} // namespace

std::string new_comment(const fs::path& study) {
  static int count = 0;
  const auto now = std::chrono::system_clock::now().time_since_epoch().count();
  return "cxr-" + sha256(fmt::format("{} {} {} {}", study.string(), now, ::getpid(), count++)).substr(0, 16);
}

void write_note(const fs::path& study, const SubmissionNote& note) {
  auto text = fmt::format("{}\n{}\n", note.comment, note.is_array ? kArray : kJob);
  for (const auto& step : note.steps) text += step + "\n";
  write_file_atomically(file_of(study, note), text);
}

void remove_note(const fs::path& study, const SubmissionNote& note) {
  std::error_code ignored; // a note that stays names a job that records name, too
  fs::remove(file_of(study, note), ignored);
}

std::vector<SubmissionNote> read_notes(const fs::path& study) {
  std::vector<SubmissionNote> notes;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(study / "jobs", none)) {
    if (entry.path().extension() != kEnding) continue;
    std::ifstream stream(entry.path());
    SubmissionNote note;
    std::string kind;
    if (!std::getline(stream, note.comment) || !std::getline(stream, kind)) continue;
    note.is_array = kind == kArray;
    for (std::string step; std::getline(stream, step);) note.steps.push_back(step);
    if (!note.steps.empty()) notes.push_back(std::move(note));
  }
  return notes;
}

std::vector<std::pair<std::string, std::string>> forgotten_jobs(const fs::path& study, const SubmissionNote& note,
                                                                const std::vector<QueuedJob>& queue,
                                                                const std::set<std::string>& known) {
  const JobMark mark{.comment = note.comment, .name = note.steps.front(), .folder = study.string(), .known = known};
  std::vector<std::pair<std::string, std::string>> found;
  for (const auto& job : queue) {
    if (!mark.is_of(job) || job.has_ended()) continue;
    if (!note.is_array) {
      for (const auto& step : note.steps) found.emplace_back(step, job.id);
    } else if (const auto task = task_of(job.id); task < note.steps.size()) {
      found.emplace_back(note.steps[task], job.id);
    }
  }
  return found;
}

} // namespace cxr::study
