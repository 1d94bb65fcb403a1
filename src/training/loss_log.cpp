#include "training/loss_log.h"

#include <cerrno>
#include <fstream>

#include <fcntl.h>
#include <unistd.h>

#include "core/atomic_file.h"
#include "core/error.h"
#include "core/log.h"
#include "io/csv.h"

namespace cxr {
namespace fs = std::filesystem;
namespace {

constexpr const char* kHeader = "step,loss,learning_rate,grad_norm\n";

[[noreturn]] void fail_to_log(const char* what, const fs::path& file) {
  throw std::system_error(errno, std::generic_category(), fmt::format("{}: {}", file.string(), what));
}

// The header and the lines of the first `steps` steps; a last line that was cut off is no line.
std::string kept_lines(const fs::path& file, std::int64_t steps) {
  std::ifstream in(file, std::ios::binary);
  std::string kept = kHeader, line;
  std::int64_t lines = 0;
  if (std::getline(in, line) && line + "\n" != kHeader) throw InputError(file.string(), "line 1", kHeader, line);
  while (lines < steps && std::getline(in, line) && !in.eof()) kept += line + "\n", ++lines;
  if (lines < steps) log::warn("{}: holds {} of the {} steps that were done", file.string(), lines, steps);
  return kept;
}

} // namespace

LossLog::LossLog(fs::path file, std::int64_t steps_done) : file_(std::move(file)) {
  write_file_atomically(file_, kept_lines(file_, steps_done));
  fd_ = ::open(file_.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
  if (fd_ < 0) fail_to_log("cannot open", file_);
}

LossLog::~LossLog() { ::close(fd_); }

void LossLog::add(const StepRecord& r) {
  const auto line = fmt::format("{},{},{},{}\n", r.step, r.loss, r.learning_rate, r.grad_norm);
  if (::write(fd_, line.data(), line.size()) != static_cast<ssize_t>(line.size())) fail_to_log("cannot write", file_);
}

void LossLog::sync() {
  if (::fsync(fd_) != 0) fail_to_log("cannot flush", file_);
}

std::vector<StepRecord> read_loss_log(const fs::path& file) {
  const auto table = CsvTable::read(file);
  const auto number = [&](std::size_t row, const char* name) {
    const auto& text = table.at(row, table.column(name));
    char* end = nullptr;
    const double value = std::strtod(text.c_str(), &end);
    if (end == text.c_str() || *end)
      throw InputError(file.string(), fmt::format("line {}: {}", table.line(row), name), "a number", text);
    return value;
  };
  std::vector<StepRecord> records;
  for (std::size_t row = 0; row < table.rows(); ++row) {
    records.push_back({static_cast<std::int64_t>(number(row, "step")), number(row, "loss"), number(row, "learning_rate"),
                       number(row, "grad_norm")});
  }
  return records;
}

} // namespace cxr
