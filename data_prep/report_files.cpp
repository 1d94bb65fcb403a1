#include "data_prep/report_files.h"

#include "core/error.h"
#include "io/gzip_file.h"

namespace cxr {
namespace {

namespace fs = std::filesystem;

bool all_digits(std::string_view text) { return !text.empty() && text.find_first_not_of("0123456789") == text.npos; }

// "50414267" of ".../s50414267.txt"; empty for other files.
std::string study_of(const fs::path& file) {
  const auto stem = file.stem().string();
  return file.extension() == ".txt" && stem.starts_with('s') && all_digits(stem.substr(1)) ? stem.substr(1) : "";
}

// Whether a folder is a study's: images lie there, and no report does.
bool is_study_folder(const fs::path& folder) {
  const auto name = folder.filename().string();
  return name.starts_with('s') && all_digits(std::string_view(name).substr(1));
}

std::string read_file(const fs::path& file) { return fs::file_size(file) == 0 ? "" : read_whole_file(file); }

std::vector<ReportFile> list_folder(const fs::path& folder) {
  std::vector<ReportFile> reports;
  for (auto at = fs::recursive_directory_iterator(folder, fs::directory_options::follow_directory_symlink); at != end(at); ++at) {
    if (is_study_folder(at->path())) at.disable_recursion_pending();
    if (auto study = study_of(at->path()); !study.empty()) reports.push_back({at->path().string(), std::move(study)});
  }
  return reports;
}

} // namespace

ReportFiles::ReportFiles(const fs::path& path) : path_(path) {
  if (fs::is_directory(path)) {
    path_ = files_folder(path);
    return;
  }
  zip_ = std::make_shared<ZipFile>(map_file(path));
  for (const auto& [name, entry] : zip_->entries()) {
    const auto study = study_of(name);
    if (study.empty()) continue;
    if (const auto [other, is_new] = zip_entries_.emplace(study, name); !is_new) {
      throw InputError(path.string(), name, "one report a study", fmt::format("{} too", other->second));
    }
  }
}

std::vector<ReportFile> ReportFiles::list() const {
  std::vector<ReportFile> reports;
  if (zip_) {
    for (const auto& [study, name] : zip_entries_) reports.push_back({name, study});
  } else {
    reports = list_folder(path_);
  }
  if (reports.empty()) throw InputError(path_.string(), "", "reports named as s50414267.txt", "none");
  std::ranges::sort(reports, {}, &ReportFile::path);
  std::unordered_map<std::string_view, const ReportFile*> seen;
  for (const auto& report : reports) {
    if (const auto [other, is_new] = seen.emplace(report.study, &report); !is_new) {
      throw InputError(report.path, "", "one report a study", other->second->path + " too");
    }
  }
  return reports;
}

std::string ReportFiles::read(const ReportFile& report) const {
  return zip_ ? zip_->inflated(report.path) : read_file(report.path);
}

std::optional<std::string> ReportFiles::find(const std::string& subject, const std::string& study) const {
  if (zip_) {
    const auto entry = zip_entries_.find(study);
    return entry == zip_entries_.end() ? std::nullopt : std::optional(zip_->inflated(entry->second));
  }
  const fs::path file = (path_ / study_path(subject, study)).string() + ".txt";
  return fs::exists(file) ? std::optional(read_file(file)) : std::nullopt;
}

fs::path study_path(const std::string& subject, const std::string& study) {
  return fmt::format("p{}/p{}/s{}", subject.substr(0, 2), subject, study);
}

fs::path files_folder(const fs::path& root) { return fs::is_directory(root / "files") ? root / "files" : root; }

} // namespace cxr
