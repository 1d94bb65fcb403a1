/// @file
/// Files checked against what was recorded of them: the checksums and digests that sets, shards, results and checkpoints carry, the
/// lists of digests beside weights (core/digest_list.h), the digests of its inputs that a run keeps, those of its results that a
/// study keeps.
#pragma once

#include <filesystem>
#include <functional>
#include <set>
#include <string>
#include <vector>

namespace cxr {

class Verification {
 public:
  /// A file, by what its kind records.
  void check(const std::filesystem::path& file);

  /// How many files agree with what was recorded.
  std::int64_t agreeing() const { return agreeing_; }
  /// What does not, a line each: file, field, expected, found.
  const std::vector<std::string>& faults() const { return faults_; }
  /// Files and inputs that could not be compared with anything, and why.
  const std::vector<std::string>& unknown() const { return unknown_; }

 private:
  void check_list(const std::filesystem::path& list);
  void check_by_record(const std::filesystem::path& file);
  void check_run(const std::filesystem::path& config);
  void check_step(const std::filesystem::path& record);
  /// Counts a file, or takes down what `look` throws.
  void judge(const std::filesystem::path& file, const std::function<void()>& look);

  std::int64_t agreeing_ = 0;
  std::vector<std::string> faults_, unknown_;
};

/// The path itself, or all files below a folder, in order. @throws InputError if nothing has that name
std::set<std::filesystem::path> files_below(const std::filesystem::path& path);

} // namespace cxr
