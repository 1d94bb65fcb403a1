/// @file
/// What is known of how a study was made: STUDY/steps/NAME.json, one a command that ran (docs/formats.md).
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace cxr {

/// Texts are empty, and numbers absent, where the file has none.
struct StepFile {
  std::string name, what;
  std::vector<std::string> command; ///< after "cxr"
  std::filesystem::path out;        ///< relative to the study
  std::string state;                ///< "started", "done", "failed", "stopped"
  std::string digest;               ///< SHA-256 of the command and its inputs
  std::map<std::string, std::string> inputs;
  std::string result_digest;
  std::string began, device, host, program_version;
  std::optional<double> seconds;
  std::optional<std::int64_t> ranks, threads, launches, peak_memory_bytes;
};

/// The steps of a study, by when they began; none if it was made without.
/// @throws InputError (file, field) for a file that is something else
std::vector<StepFile> read_steps(const std::filesystem::path& study);

} // namespace cxr
