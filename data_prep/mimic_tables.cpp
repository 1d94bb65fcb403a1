#include "data_prep/mimic_tables.h"

#include "core/error.h"
#include "core/log.h"

namespace cxr {

namespace fs = std::filesystem;

std::optional<fs::path> find_mimic_table(const fs::path& folder, const std::string& what) {
  std::vector<fs::path> found;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const auto name = entry.path().filename().string();
    const auto ending = "-" + what + ".csv";
    if (name.starts_with("mimic-cxr-") && (name.ends_with(ending) || name.ends_with(ending + ".gz"))) found.push_back(entry.path());
  }
  if (found.empty()) return std::nullopt;
  return *std::ranges::min_element(found); // the unpacked one where both are there
}

CsvTable read_mimic_table(const fs::path& folder, const std::string& what) {
  const auto path = find_mimic_table(folder, what);
  if (!path) {
    throw InputError(folder.string(), fmt::format("mimic-cxr-2.0.0-{}.csv", what), "that table or its .gz (--tables DIR)", "none");
  }
  return CsvTable::read(*path);
}

StudyLabels::StudyLabels(const fs::path& folder, const std::string& source) {
  const auto name = source.empty() ? "chexpert" : source;
  known_ = !source.empty() || find_mimic_table(folder, name);
  if (!known_) {
    log::info("no table of labels ({}): the set has none", name);
    return;
  }
  const auto table = read_mimic_table(folder, name);
  const auto study = table.column("study_id");
  const LabelColumns columns(table, true);
  for (std::size_t row = 0; row < table.rows(); ++row) labels_[table.at(row, study)] = columns.read(row);
}

Labels StudyLabels::operator()(const std::string& study) const {
  const auto found = labels_.find(study);
  return found == labels_.end() ? kNoLabels : found->second;
}

} // namespace cxr
