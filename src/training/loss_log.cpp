#include "training/loss_log.h"

#include <fstream>

#include "core/atomic_file.h"
#include "core/error.h"
#include "core/log.h"
#include "io/csv.h"

namespace cxr {
namespace fs = std::filesystem;
namespace {

constexpr const char* kHeader = "step,loss,learning_rate,grad_norm\n";

struct Kept {
  std::string text; ///< the header and the lines
  std::int64_t lines = 0;
};

// The header and the lines of the first `steps` steps; a last line that was cut off is no line.
Kept kept_lines(const fs::path& file, std::int64_t steps) {
  std::ifstream in(file, std::ios::binary);
  Kept kept{kHeader};
  std::string line;
  if (std::getline(in, line) && line + "\n" != kHeader) throw InputError(file.string(), "line 1", kHeader, line);
  while (kept.lines < steps && std::getline(in, line) && !in.eof()) kept.text += line + "\n", ++kept.lines;
  if (kept.lines < steps) log::warn("{}: holds {} of the {} steps that were done", file.string(), kept.lines, steps);
  return kept;
}

void check(const fs::path& file, const Kept& kept, const std::string& digest) {
  if (digest.empty() || sha256(kept.text) == digest) return;
  throw InputError(file.string(), fmt::format("steps 1 to {}", kept.lines), "the lines that were written",
                   "others; put the file back, or remove it to go on without them");
}

} // namespace

void check_losses(const fs::path& file, std::int64_t steps, const std::string& digest) {
  check(file, kept_lines(file, steps), digest);
}

LossLog::LossLog(fs::path file, std::int64_t steps_done, const std::string& digest) {
  const auto kept = kept_lines(file, steps_done);
  if (kept.lines == steps_done) check(file, kept, digest);
  write_file_atomically(file, kept.text);
  digest_.add(kept.text);
  file_.emplace(std::move(file));
}

void LossLog::add(const StepRecord& r) {
  const auto line = fmt::format("{},{},{},{}\n", r.step, r.loss, r.learning_rate, r.grad_norm);
  file_->add(line);
  digest_.add(line);
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
