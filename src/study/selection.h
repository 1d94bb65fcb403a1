/// @file
/// Which steps a launch is about: names, or patterns with * and ?.
#pragma once

#include <string>
#include <vector>

#include "study/study_file.h"

namespace cxr::study {

/// For each step whether one of the patterns names it. @throws InputError for a pattern that names none  @param option "--only"
std::vector<bool> select(const StudyFile& study, const std::vector<std::string>& patterns, const std::string& option);

} // namespace cxr::study
