/// @file
/// The report files of MIMIC-CXR: files/p10/p10000032/s50414267.txt in folders, or in mimic-cxr-reports.zip.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "io/zip_file.h"

namespace cxr {

/// One report on offer.
struct ReportFile {
  std::string path;  ///< of the file, or its name in the archive; orders the reports
  std::string study; ///< "50414267"
};

class ReportFiles {
 public:
  /// @param path a folder that holds files/ or its content, or a zip of it
  /// @throws InputError if it is neither, or the zip is damaged
  explicit ReportFiles(const std::filesystem::path& path);

  /// Every file named s<digits>.txt, in the order of the paths. @throws InputError if there is none, or two are of one study
  std::vector<ReportFile> list() const;
  /// The bytes of a listed report. Safe from several threads.
  std::string read(const ReportFile& report) const;
  /// The report of a study; none if there is no such file. Safe from several threads.
  std::optional<std::string> find(const std::string& subject, const std::string& study) const;

 private:
  std::filesystem::path path_;                               ///< the zip, or the folder that holds p10/, …
  std::shared_ptr<const ZipFile> zip_;                       ///< null for a folder
  std::unordered_map<std::string, std::string> zip_entries_; ///< of the zip: study to the entry's name
};

/// "p10/p10000032/s50414267", the folder of a study's images, relative to files/.
std::filesystem::path study_path(const std::string& subject, const std::string& study);

/// Releases hold `files/`, some copies its content.
std::filesystem::path files_folder(const std::filesystem::path& root);

} // namespace cxr
