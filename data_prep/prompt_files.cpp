#include "data_prep/prompt_files.h"

#include <glob.h>

#include "core/error.h"
#include "core/signals.h"
#include "io/tar_file.h"

namespace cxr {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kCaptionsPerBatch = 4096;

std::vector<fs::path> with_ending(const fs::path& folder, const std::string& ending) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() == ending) files.push_back(entry.path());
  }
  std::ranges::sort(files);
  return files;
}

// The folder that all files lie in or below.
fs::path common_folder(const std::vector<fs::path>& files) {
  auto folder = fs::absolute(files.front()).parent_path();
  for (const auto& file : files) {
    while (fs::absolute(file).lexically_relative(folder).string().starts_with("..")) folder = folder.parent_path();
  }
  return folder;
}

} // namespace

std::vector<fs::path> expand_patterns(const std::vector<std::string>& patterns, const std::string& option) {
  std::vector<fs::path> files;
  for (const auto& pattern : patterns) {
    glob_t found{};
    if (::glob(pattern.c_str(), 0, nullptr, &found) == 0)
      files.insert(files.end(), found.gl_pathv, found.gl_pathv + found.gl_pathc);
    const auto count = found.gl_pathc;
    ::globfree(&found);
    if (count == 0) throw InputError(pattern, option, "files of that name or pattern", "none");
  }
  std::ranges::sort(files);
  files.erase(std::unique(files.begin(), files.end()), files.end());
  return files;
}

std::vector<fs::path> img2dataset_shards(const fs::path& folder) {
  if (!fs::is_directory(folder)) throw InputError(folder.string(), "--root", "a folder", fs::exists(folder) ? "a file" : "none");
  auto files = with_ending(folder, ".tar");
  if (files.empty()) files = with_ending(folder, ".parquet");
  if (files.empty()) throw InputError(folder.string(), "--root", "files .tar or .parquet, as img2dataset names them", "none");
  return files;
}

PromptFiles::PromptFiles(std::vector<fs::path> files, PromptFormat format, std::vector<std::string> columns)
    : files_(std::move(files)), format_(format), columns_(std::move(columns)) {
  const auto shared = common_folder(files_);
  for (std::size_t i = 0; i < files_.size(); ++i) {
    signals::throw_if_received();
    labels_.push_back(fs::absolute(files_[i]).lexically_relative(shared).replace_extension().string());
    const auto position = static_cast<std::uint64_t>(i) << 40;
    if (format == PromptFormat::kTar) {
      parts_.push_back({i, 0, position, 0});
      continue;
    }
    std::int64_t rows = 0;
    const ParquetTexts file(files_[i], columns_);
    for (std::size_t group = 0; group < file.row_groups().size(); ++group) {
      parts_.push_back(
          {i, static_cast<std::int64_t>(group), position + static_cast<std::uint64_t>(rows), file.row_groups()[group]});
      rows += file.row_groups()[group];
    }
    rows_ += rows;
  }
}

void PromptReader::read(const PromptPart& part, const std::function<bool(const PromptRows&)>& take) {
  files_.format() == PromptFormat::kTar ? read_tar(part, take) : read_row_group(part, take);
}

void PromptReader::read_row_group(const PromptPart& part, const std::function<bool(const PromptRows&)>& take) {
  if (!open_ || open_file_ != part.file) open_.emplace(files_.files()[part.file], files_.columns());
  open_file_ = part.file;
  auto position = part.position;
  open_->read(part.row_group, [&](ParquetTexts::Rows rows) {
    const bool go_on = take({position, rows, {}});
    position += rows.size();
    return go_on;
  });
}

void PromptReader::read_tar(const PromptPart& part, const std::function<bool(const PromptRows&)>& take) {
  TarFile tar(files_.files()[part.file]);
  std::vector<std::string> keys, captions;
  auto position = part.position;
  const auto hand_over = [&] {
    const std::vector<std::optional<std::string_view>> texts(captions.begin(), captions.end());
    const bool go_on = take({position, texts, keys});
    position += captions.size();
    keys.clear();
    captions.clear();
    return go_on;
  };
  while (const auto member = tar.next()) {
    if (!member->name.ends_with(".txt")) continue;
    keys.push_back(fs::path(member->name).stem().string());
    captions.push_back(tar.read());
    if (captions.size() == kCaptionsPerBatch && !hand_over()) return;
  }
  hand_over();
}

} // namespace cxr
