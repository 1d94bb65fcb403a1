#include "study/missing_inputs.h"

#include <filesystem>
#include <set>

#include <fmt/ranges.h>

#include "core/error.h"
#include "study/study_place.h"

namespace cxr::study {
namespace fs = std::filesystem;
namespace {

/// Why a path can't be read; empty: it is there.
std::string trouble_with(const fs::path& path) {
  std::error_code error;
  const auto status = fs::status(path, error);
  if (status.type() == fs::file_type::not_found) {
    const auto link = link_to_nothing(path);
    return link.empty() ? "which does not exist" : link;
  }
  return error ? error.message() : "";
}

/// The input that a path is, or lies below; the longest of several.
std::string name_of(const StudyFile& study, const std::string& path) {
  std::string name;
  std::size_t longest = 0;
  for (const auto& [input, known] : study.inputs) {
    const auto place = known.path.string();
    const bool is_it = path.starts_with(place) && (path.size() == place.size() || path[place.size()] == '/');
    if (place.size() <= longest || !is_it) continue;
    name = input;
    longest = place.size();
  }
  return name;
}

} // namespace

std::vector<MissingInput> missing_inputs(const StudyFile& study, const std::vector<bool>& only) {
  std::vector<MissingInput> missing;
  std::set<std::string> seen;
  for (std::size_t i = 0; i < study.steps.size(); ++i) {
    if (!only[i]) continue;
    for (const auto& input : study.steps[i].inputs) {
      if (!seen.insert(input).second) continue;
      const auto name = name_of(study, input);
      // Of a folder that is not there one line is enough, whatever is read below it.
      if (name.empty()) continue;
      const auto& whole = study.inputs.at(name).path;
      const auto path = trouble_with(whole).empty() ? input : whole.string();
      if (path != input && !seen.insert(path).second) continue;
      if (const auto found = trouble_with(path); !found.empty()) missing.push_back({name, path, found, study.steps[i].name});
    }
  }
  return missing;
}

std::string text_of(const MissingInput& input) {
  return fmt::format("{}: {}, {} (step {})", input.name, input.path, input.found, input.step);
}

void require_inputs(const StudyFile& study, const std::vector<bool>& only) {
  const auto missing = missing_inputs(study, only);
  if (missing.empty()) return;
  const auto& first = missing.front();
  auto found = fmt::format("{}, {}", first.path, first.found);
  if (missing.size() > 1) { // names before paths: a message is cut where it gets long, and --dry-run has the paths
    std::vector<std::string> names;
    for (const auto& input : missing)
      names.push_back(input.name + input.path.substr(study.inputs.at(input.name).path.string().size()));
    found = fmt::format("{} missing: {} (--dry-run says where); the first is {}", missing.size(), fmt::join(names, ", "), found);
  }
  throw InputError(
      study.file.string(), fmt::format("inputs, {}", first.name),
      fmt::format("a file or folder, which step {} reads (\"\" leaves out what needs it; --set {}=PATH)", first.step, first.name),
      found);
}

} // namespace cxr::study
