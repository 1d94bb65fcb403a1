/// @file
/// Which steps a launch is about: names, or patterns with * and ?.
#pragma once

#include <string>
#include <vector>

#include "study/study_file.h"

namespace cxr::study {

/// Whether a name is that, or fits that pattern.
bool is_named_by(const std::string& pattern, const std::string& name);

/// For each step whether one of the patterns names it. @throws InputError for a pattern that names none  @param option "--only"
std::vector<bool> select(const StudyFile& study, const std::vector<std::string>& patterns, const std::string& option);

} // namespace cxr::study
