/// @file
/// The part of a study file that says what its tables are made of.
#pragma once

#include <set>
#include <string>

#include "study/study_document.h"

namespace cxr::study {

struct Results {
  toml::table table;           ///< study.toml: paths relative to the study's folder, [study] first
  std::set<std::string> steps; ///< names of those whose results it names
};

/// @param left_out reasons by the names of steps: what names their results goes, and with it the arm, encoder or method that can't
/// be without
/// @throws InputError for names that stand for nothing
Results expand_results(const StudyDocument& document, const Scope& scope, const std::map<std::string, std::string>& left_out);

/// As the text of study.toml.
std::string results_toml(const toml::table& results);

} // namespace cxr::study
