/// @file
/// The numbers that Chambon et al. 2022 published, from the data file published.json.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "analysis/table.h"
#include "io/json.h"

namespace cxr {

class Published {
 public:
  /// Reads published.json: the installed one (../share/cxr_adapt beside the program), or that of the source tree.
  Published();
  explicit Published(const std::filesystem::path& file) : file_(file) {}

  /// A number of one of the paper's tables; none if the paper has no such table, row or column, or leaves it blank.
  /// @param table "table1_mimic", "table6_chexpert"  @param column "auc_orig"
  std::optional<double> table(const std::string& table, const std::string& row, const std::string& column) const;

  /// A number of the paper's section 3.1. @param dataset "mimic", "chexpert"  @param metric "rmse", "psnr", "ssim",
  ///   "densenet_cosine"  @param statistic "mean", "sd", "median", "min", "max"
  std::optional<double> quality(const std::string& dataset, const std::string& metric, const std::string& statistic) const;

  /// A number of the paper's reader study, section 3.1. @param statistic "n", "mean", "sd", "median", "min", "max"
  std::optional<double> reader_study(const std::string& statistic) const;

  /// What the numbers are from, for notes.
  std::string source() const { return file_.require<std::string>("source"); }

 private:
  JsonFile file_;
};

/// Notes what the published values are from, if the table has any. @param section of the paper: "3.3"  @return whether it has
bool add_published_note(Table& table, const Published& published, const std::string& section);

} // namespace cxr
