#include "data_prep/reports.h"

#include <fstream>

#include "core/error.h"
#include "core/log.h"
#include "core/progress.h"
#include "core/signals.h"
#include "data_prep/mimic_tables.h"
#include "data_prep/storable_text.h"

namespace cxr {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kRowsPerStep = 1024; // between two looks at the clock and at signals

/// The lines of a file that are not blank, as a set can hold them.
class Lines {
 public:
  explicit Lines(const fs::path& path) : file_(path, std::ios::binary) {
    if (fs::is_directory(path)) throw InputError(path.string(), "", "a file with a report a line", "a folder");
    if (!file_) throw InputError(path.string(), "", "a file with a report a line", "none");
  }
  bool next() {
    while (std::getline(file_, line_)) {
      ++number_;
      if (line_.ends_with('\r')) line_.pop_back();
      if (!is_blank(line_)) return true;
    }
    return false;
  }
  const std::string& line() const { return line_; }
  std::int64_t number() const { return number_; }

 private:
  std::ifstream file_;
  std::string line_;
  std::int64_t number_ = 0;
};

void tell_repaired(std::int64_t repaired) {
  if (repaired > 0) log::warn("{} reports have bytes that are no UTF-8: U+FFFD stands for them", repaired);
}

// Keeps the study's sample of the records.
void take_sample(std::vector<TextRecord>& records, const ReportsOptions& options) {
  std::vector<Labels> labels;
  for (const auto& record : records) labels.push_back(record.labels);
  std::vector<TextRecord> sample;
  for (const auto i : study_sample(labels, options.sample, options.reports.string())) sample.push_back(std::move(records[i]));
  records = std::move(sample);
}

} // namespace

Impressions read_impressions(const ReportsOptions& options) {
  const ReportFiles files(options.reports);
  const StudyLabels labels(options.tables, options.study && options.label_source.empty() ? "chexpert" : options.label_source);
  const auto list = files.list();
  Impressions found;
  found.has_labels = labels.known();
  Progress progress("reports", "reports", std::ssize(list));
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (i % kRowsPerStep == 0) {
      signals::throw_if_received();
      progress.update(static_cast<std::int64_t>(i));
    }
    const auto known = labels(list[i].study);
    if (options.study && !only_positive_label(known)) continue;
    ++found.reports;
    auto report = files.read(list[i]);
    if (!is_storable(report)) {
      ++found.repaired;
      report = storable(report);
    }
    auto impression = impression_of(report, list[i].study, options.sections);
    if (impression.empty()) {
      ++found.empty;
    } else {
      found.records.push_back({std::move(impression), "s" + list[i].study, known});
    }
  }
  progress.update(std::ssize(list));
  if (found.records.empty()) {
    throw InputError(options.reports.string(), "", "reports with an impression", fmt::format("none in {}", found.reports));
  }
  tell_repaired(found.repaired);
  if (options.study) take_sample(found.records, options);
  return found;
}

void write_line_set(const fs::path& text, const fs::path& out, const std::map<std::string, std::string>& attributes) {
  TextSetPlan plan{.attributes = attributes};
  Lines counted(text);
  for (; counted.next(); ++plan.rows) plan.id_bytes = std::ssize(std::to_string(counted.number()));
  if (plan.rows == 0) throw InputError(text.string(), "", "a report a line", fmt::format("{} blank lines", counted.number()));
  const auto rows = plan.rows;
  TextSetWriter writer(out, std::move(plan));
  Progress progress("reports", "reports", rows);
  Lines lines(text);
  std::int64_t repaired = 0;
  for (std::int64_t row = 0; row < rows && lines.next(); ++row) {
    if (row % kRowsPerStep == 0) {
      signals::throw_if_received();
      progress.update(row);
    }
    if (!is_storable(lines.line())) ++repaired;
    writer.add({storable(lines.line()), std::to_string(lines.number()), {}});
  }
  writer.finish();
  progress.update(rows);
  tell_repaired(repaired);
  log::info("{}: {} reports, {} blank lines left out", out.string(), rows, lines.number() - rows);
}

} // namespace cxr
