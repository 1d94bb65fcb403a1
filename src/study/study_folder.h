/// @file
/// A study's folder: what of the graph is done, and the files that a step's run leaves behind.
///
///     study.toml    what the tables are made of       source.toml   the study file, as it was run
///     steps/        a record a step (step_record.h)   logs/         what steps said
///     superseded/   results that were made again      runs/, …      the results, where the steps' `out` says
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "study/fingerprint.h"
#include "study/step_record.h"
#include "study/study_file.h"

namespace cxr::study {

enum class StepState {
  kDone,    ///< its result is whole, and its inputs and configuration are those that it was made with
  kStale,   ///< made with other inputs or another configuration, or changed since
  kToDo,    ///< never begun
  kPartial, ///< begun with these inputs and cut off or stopped: the same command goes on with it
  kFailed,  ///< ended with an error, with these inputs
  kWaiting  ///< what it needs is not done, so its inputs are not known yet
};

struct StepStatus {
  StepState state = StepState::kToDo;
  std::string why;                  ///< "models changed"; empty: nothing to add
  std::optional<StepRecord> record; ///< of the last run
};

class StudyFolder {
 public:
  /// Makes the folder where it is not. @param path where the steps run
  StudyFolder(const StudyFile& study, std::filesystem::path path);

  const std::filesystem::path& path() const { return path_; }
  const StudyFile& study() const { return study_; }
  /// study.toml and source.toml. @throws std::system_error
  void write_study();

  /// Of each step, by number. Reads what changed since it was last read.
  std::vector<StepStatus> statuses();
  /// Of one, when it is known which of the steps that it needs are done.
  StepStatus status(std::size_t step, const std::vector<StepStatus>& of_needed);

  /// Digests of what a step reads, by name; those that it needs must be done.
  std::map<std::string, std::string> input_digests(std::size_t step);
  /// Of a step's command and inputs: two runs of one digest have one result.
  std::string step_digest(std::size_t step, const std::map<std::string, std::string>& inputs) const;
  Fingerprint result_of(std::size_t step);

  /// Moves a step's result to superseded/, if it has any.
  void supersede(std::size_t step);
  std::filesystem::path log_file(std::size_t step) const;

  void save_digests() { digests_.save(); }

 private:
  const StudyFile& study_;
  std::filesystem::path path_;
  DigestCache digests_;
};

/// "done", "stale", "to do", …
const char* state_name(StepState state);

} // namespace cxr::study
