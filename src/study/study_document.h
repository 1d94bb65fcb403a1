/// @file
/// A study file as it is written, checked but not yet expanded into steps.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "study/study_file.h"
#include "study/study_scope.h"

namespace cxr::study {

/// A [[step]].
struct StepTemplate {
  std::string place; ///< what messages call it: "step 3"
  std::string name, what, command, out, time;
  std::vector<std::string> for_lists; ///< a step for each combination of their rows
  std::vector<std::string> after;     ///< names of steps that it reads without naming their results
  bool reads_results = false;
  std::optional<int> max_ranks; ///< 0: any number
};

struct StudyDocument {
  std::string file, title, notice;
  bool is_private = false;
  std::vector<std::string> leave_out; ///< names of steps, or patterns of such
  ExecutionDefaults execution;
  std::map<std::string, Input> inputs;
  Row settings;
  std::map<std::string, std::vector<Row>> lists;
  std::vector<StepTemplate> steps;
  toml::table source;  ///< the whole, with overrides in their place and inputs as absolute paths
  toml::table results; ///< what is left of it for study.toml, with placeholders

  /// @throws InputError if there is no such list
  const std::vector<Row>& rows(const std::string& list, const std::string& place) const;
};

/// @throws InputError
StudyDocument read_document(const std::filesystem::path& file, const Overrides& overrides);

} // namespace cxr::study
