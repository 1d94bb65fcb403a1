/// @file
/// What each step of a training lost: loss.csv, the same bytes however often the training was cut off.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/digest.h"
#include "core/line_file.h"

namespace cxr {

struct StepRecord {
  std::int64_t step; ///< from 1: how many were done then
  double loss, learning_rate, grad_norm;
};

class LossLog {
 public:
  /// Keeps the lines of the first `steps_done` steps of `file` and drops those behind, which will be done again.
  /// @param digest of those lines, as digest() said when they were written; empty: none was kept
  /// @throws InputError if the lines are all there and have another digest
  LossLog(std::filesystem::path file, std::int64_t steps_done, const std::string& digest = "");

  /// One line, at once. @throws std::system_error (a full disk)
  void add(const StepRecord& record);
  /// Flushes to the disk: before a checkpoint says that these steps are done.
  void sync() { file_->sync(); }
  /// SHA-256 of the file so far.
  std::string digest() const { return digest_.hex(); }

 private:
  std::optional<LineFile> file_;
  Sha256 digest_;
};

/// Refuses a loss.csv whose lines of the first `steps` steps have another digest than `digest`. @throws InputError
void check_losses(const std::filesystem::path& file, std::int64_t steps, const std::string& digest);

/// The lines of a loss.csv. @throws InputError for a file of another form
std::vector<StepRecord> read_loss_log(const std::filesystem::path& file);

} // namespace cxr
