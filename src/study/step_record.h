/// @file
/// What is known of a step that was run: STUDY/steps/NAME.json (docs/formats.md).
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "study/fingerprint.h"
#include "study/step.h"

namespace cxr::study {

enum class RunState {
  kSubmitted, ///< a job of Slurm's, not begun
  kStarted,   ///< begun; if no process works on it, it was cut off
  kDone,
  kFailed,
  kStopped ///< early, by a signal, with its state saved
};

struct StepRecord {
  std::string name, what, out, log;
  std::vector<std::string> command;
  RunState state = RunState::kStarted;
  std::string digest;                        ///< of command and inputs
  std::map<std::string, std::string> inputs; ///< digests by name: of inputs, and of results as "out.NAME"
  Fingerprint result;
  std::string began, ended, host, device, program_version; ///< times in UTC
  double seconds = 0;                                      ///< of all launches
  int launches = 0, ranks = 1, threads = 0, exit_status = 0;
  std::int64_t peak_memory_bytes = 0; ///< of the largest process
  std::string job;                    ///< Slurm's number, "123" or "123_4"; empty: none
  std::string cause;                  ///< the last line of a step that failed
};

/// A record of a step that was not run, with what the step says of itself.
StepRecord new_record(const Step& step);

/// The record's file within a study's folder.
std::filesystem::path record_file(const std::filesystem::path& study, const std::string& step);
/// None if there is none. @throws InputError for a file that is something else
std::optional<StepRecord> read_record(const std::filesystem::path& study, const std::string& step);
void write_record(const std::filesystem::path& study, const StepRecord& record);

} // namespace cxr::study
