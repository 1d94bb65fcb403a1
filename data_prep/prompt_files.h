/// @file
/// Where LAION's prompts lie: a column of Parquet files, or the captions of img2dataset's tar files.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "io/parquet.h"

namespace cxr {

/// The files that shell patterns name, sorted, each once. @param option stands for the patterns in messages
/// @throws InputError for a pattern that names none
std::vector<std::filesystem::path> expand_patterns(const std::vector<std::string>& patterns, const std::string& option);

/// The shards in a folder of img2dataset: its .tar files, or its .parquet files where there is none of those.
/// @throws InputError if it has neither
std::vector<std::filesystem::path> img2dataset_shards(const std::filesystem::path& folder);

enum class PromptFormat { kParquet, kTar };

/// A part of a file that one thread reads: a row group of a Parquet file, or a whole tar file.
struct PromptPart {
  std::size_t file = 0;
  std::int64_t row_group = 0;
  std::uint64_t position = 0; ///< of its first prompt: the file's number × 2^40 + the number in the file
  std::int64_t rows = 0;      ///< 0: not known before it is read
};

/// Files of prompts, each looked at once.
class PromptFiles {
 public:
  /// @param columns names of the column in Parquet files, likeliest first
  /// @throws InputError for a file that can't be read; Interrupted after a signal
  PromptFiles(std::vector<std::filesystem::path> files, PromptFormat format, std::vector<std::string> columns);

  const std::vector<std::filesystem::path>& files() const { return files_; }
  const std::vector<PromptPart>& parts() const { return parts_; }
  PromptFormat format() const { return format_; }
  const std::vector<std::string>& columns() const { return columns_; }
  /// The rows of all parts; 0 if they are not known.
  std::int64_t rows() const { return rows_; }
  /// What the ids of a file's prompts begin with: its path below the folder that all share, without its ending.
  const std::string& label(std::size_t file) const { return labels_[file]; }

 private:
  std::vector<std::filesystem::path> files_;
  PromptFormat format_;
  std::vector<std::string> columns_, labels_;
  std::vector<PromptPart> parts_;
  std::int64_t rows_ = 0;
};

/// Consecutive prompts of a part.
struct PromptRows {
  std::uint64_t position = 0; ///< of the first
  std::span<const std::optional<std::string_view>> texts;
  std::span<const std::string> keys; ///< of a tar file's samples; empty for Parquet
};

/// Reads parts, one at a time; every thread has its own.
class PromptReader {
 public:
  explicit PromptReader(const PromptFiles& files) : files_(files) {}

  /// Hands a part's prompts to `take` in their order; stops where it says false. @throws InputError
  void read(const PromptPart& part, const std::function<bool(const PromptRows&)>& take);

 private:
  void read_row_group(const PromptPart& part, const std::function<bool(const PromptRows&)>& take);
  void read_tar(const PromptPart& part, const std::function<bool(const PromptRows&)>& take);

  const PromptFiles& files_;
  std::optional<ParquetTexts> open_; ///< the file that was read last, for its next row group
  std::size_t open_file_ = 0;
};

} // namespace cxr
