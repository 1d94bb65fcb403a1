/// @file
/// What is known of how a result came to be: its step, its run's config.toml and log.jsonl, or what its JSON file says.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "analysis/step_file.h"

namespace cxr {

/// An option with its value or values.
struct Setting {
  std::string name;
  std::vector<std::string> values;
};

/// Texts are empty, and numbers absent, where nothing says them.
struct RunRecord {
  std::filesystem::path path;                               ///< of the result: a run's folder or a file
  std::string what;                                         ///< a step's words for it
  std::vector<std::string> command;                         ///< after "cxr"
  std::vector<Setting> settings;                            ///< the configuration, or what the file says of itself
  std::vector<std::pair<std::string, std::string>> digests; ///< of weights and data that it read, by name
  std::string result_digest, began, device, host, program_version, seed;
  std::optional<double> seconds; ///< of all launches; without a step, between the log's first and last lines
  std::optional<std::int64_t> ranks, threads, launches;
  std::vector<std::size_t> inputs; ///< numbers, in their RunRecords, of the results that this one read
};

/// The results that a study's numbers rest on, each once.
class RunRecords {
 public:
  /// @param study its folder
  RunRecords(const std::filesystem::path& study, std::vector<StepFile> steps);

  /// The number of a result's record, which is read, with those of what it read, when it is new. @throws InputError
  std::size_t add(const std::filesystem::path& path);
  /// That record and those before it that it rests on: what was made first comes first.
  std::vector<std::size_t> with_inputs(std::size_t record) const;

  const std::vector<RunRecord>& all() const { return records_; }
  const std::vector<StepFile>& steps() const { return steps_; }

 private:
  const StepFile* step_of(const std::filesystem::path& path) const;
  /// The result that a file within the study belongs to; empty if it is none.
  std::filesystem::path result_of(const std::filesystem::path& path) const;
  void add_inputs(std::size_t record);

  std::filesystem::path study_;
  std::vector<StepFile> steps_;
  std::vector<RunRecord> records_;
};

} // namespace cxr
