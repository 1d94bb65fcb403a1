/// @file
/// The tables of MIMIC-CXR, by the names that PhysioNet gives them.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <unordered_map>

#include "data_prep/label_table.h"
#include "io/csv.h"

namespace cxr {

/// "mimic-cxr-2.0.0-WHAT.csv" or its .gz in `folder`: the release's number is in the name, so any is taken.
std::optional<std::filesystem::path> find_mimic_table(const std::filesystem::path& folder, const std::string& what);

/// That table. @throws InputError if there is none
CsvTable read_mimic_table(const std::filesystem::path& folder, const std::string& what);

/// The labels of each study.
class StudyLabels {
 public:
  /// @param folder of the tables  @param source chexpert or negbio; empty: chexpert where its table is there, else no labels
  StudyLabels(const std::filesystem::path& folder, const std::string& source);

  bool known() const { return known_; }
  /// @param study "50414267"; one without a row has no label mentioned
  Labels operator()(const std::string& study) const;

 private:
  bool known_ = false;
  std::unordered_map<std::string, Labels> labels_;
};

} // namespace cxr
