#include "analysis/quality_table.h"

#include "metrics/summary.h"

namespace cxr {
namespace {

const std::vector<TableColumn> kQualityColumns = {
    {"mean", "Mean"}, {"sd", "SD"}, {"median", "Median"}, {"min", "Smallest"}, {"max", "Largest"}};
constexpr std::int64_t kWithInterval = 3; // mean, SD, median

// The bootstrap says nothing of a sample's extremes: a resample can't go beyond them.
std::vector<Interval> summary_intervals(const std::vector<double>& values, const BootstrapOptions& options) {
  std::vector<double> resample(values.size());
  const auto statistics = [&](std::span<const std::int64_t> indices, std::span<double> out) {
    std::transform(indices.begin(), indices.end(), resample.begin(), [&](auto i) { return values[i]; });
    const auto summary = summarise(resample);
    out[0] = summary.mean;
    out[1] = summary.sd;
    out[2] = summary.median;
  };
  return bootstrap(std::ssize(values), kWithInterval, statistics, options);
}

Row metric_row(const QualityMetric& metric, const std::vector<double>& values, const BootstrapOptions& options) {
  const auto summary = summarise(values);
  Row row{metric.label, {{summary.mean}, {summary.sd}, {summary.median}, {summary.min}, {summary.max}}, metric.decimals};
  const auto intervals = summary_intervals(values, options);
  for (std::size_t i = 0; i < intervals.size(); ++i) row.cells[i].interval = intervals[i];
  return row;
}

std::vector<std::string> table_notes(const Arm& arm, const ArmResults& results, const Published& published,
                                     const BootstrapOptions& options) {
  std::vector<std::string> notes = {
      arm.dataset == "phantom" ? fmt::format("{} pairs. The paper has no phantoms.", results.samples)
                               : fmt::format("{} pairs. Published values: {}, section 3.1.", results.samples, published.source()),
      "The paper's scale is [-1024, 1024] with the squared errors of the three channels summed, and a peak of 1024 in the PSNR; "
      "only numbers on it compare with the paper. The 8-bit ones are conventional: grey images, data range 255.",
      fmt::format("Intervals: percentile bootstrap over images, {} resamples, seed {}. A smallest or largest value has none.",
                  options.resamples, options.seed)};
  for (const auto& metric : kQualityMetrics) {
    const auto left_out = results.samples - summarise(results.quality.at(metric.key)).count;
    if (left_out > 0) {
      notes.push_back(fmt::format("{}: {} pair(s) left out whose value is not finite (equal images, or smaller than the window).",
                                  metric.label, left_out));
    }
  }
  return notes;
}

} // namespace

Table quality_table(const Arm& arm, const ArmResults& results, const Published& published, const BootstrapOptions& options) {
  Table table{"quality",
              arm.name,
              fmt::format("Quality of the reconstructions, {}", arm.name),
              "Metric",
              kQualityColumns,
              {},
              table_notes(arm, results, published, options)};
  for (const auto& metric : kQualityMetrics) {
    table.rows.push_back(metric_row(metric, results.quality.at(metric.key), options));
    auto& cells = table.rows.back().cells;
    for (std::size_t i = 0; i < cells.size(); ++i)
      cells[i].published = published.quality(arm.dataset, metric.published, kQualityColumns[i].key);
  }
  return table;
}

} // namespace cxr
