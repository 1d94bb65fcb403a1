/// @file
/// Inputs of a study that are not where they should be, all of them at once.
#pragma once

#include <string>
#include <vector>

#include "study/study_file.h"

namespace cxr::study {

/// A file or folder that steps read and that is not there.
struct MissingInput {
  std::string name;  ///< of [inputs]
  std::string path;  ///< what a step reads: the input, or a file below it
  std::string found; ///< "which does not exist", "a link to X, which does not exist", "Permission denied"
  std::string step;  ///< the first that reads it
};

/// In the order of the steps, each once. @param only which steps count
std::vector<MissingInput> missing_inputs(const StudyFile& study, const std::vector<bool>& only);

/// "mimic: /data/mimic, which does not exist (step images)".
std::string text_of(const MissingInput& input);

/// @throws InputError that names them all, if there are any
void require_inputs(const StudyFile& study, const std::vector<bool>& only);

} // namespace cxr::study
