/// @file
/// What each step of a training lost: loss.csv, the same bytes however often the training was cut off.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace cxr {

struct StepRecord {
  std::int64_t step; ///< from 1: how many were done then
  double loss, learning_rate, grad_norm;
};

class LossLog {
 public:
  /// Keeps the lines of the first `steps_done` steps of `file` and drops those behind, which will be done again.
  LossLog(std::filesystem::path file, std::int64_t steps_done);
  ~LossLog();
  LossLog(const LossLog&) = delete;
  LossLog& operator=(const LossLog&) = delete;

  /// One line, at once. @throws std::system_error (a full disk)
  void add(const StepRecord& record);
  /// Flushes to the disk: before a checkpoint says that these steps are done.
  void sync();

 private:
  std::filesystem::path file_;
  int fd_ = -1; ///< owned
};

/// The lines of a loss.csv. @throws InputError for a file of another form
std::vector<StepRecord> read_loss_log(const std::filesystem::path& file);

} // namespace cxr
