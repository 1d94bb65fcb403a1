#include "study/selection.h"

#include <fnmatch.h>

#include "core/error.h"

namespace cxr::study {

bool is_named_by(const std::string& pattern, const std::string& name) { return ::fnmatch(pattern.c_str(), name.c_str(), 0) == 0; }

std::vector<bool> select(const StudyFile& study, const std::vector<std::string>& patterns, const std::string& option) {
  std::vector<bool> selected(study.steps.size(), false);
  for (const auto& pattern : patterns) {
    bool is_found = false;
    for (std::size_t i = 0; i < study.steps.size(); ++i) {
      if (!is_named_by(pattern, study.steps[i].name)) continue;
      selected[i] = is_found = true;
    }
    if (!is_found) throw InputError(option, "", fmt::format("a step of {}, or a pattern of such", study.file.string()), pattern);
  }
  return selected;
}

} // namespace cxr::study
