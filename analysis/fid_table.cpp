#include "analysis/fid_result.h"
#include "analysis/quality_table.h"
#include "metrics/summary.h"

namespace cxr {
namespace {

const std::vector<TableColumn> kFidColumns = {
    {"whole", "Whole set"}, {"batch_mean", "Mean of batches"}, {"batch_sd", "SD of batches"}};

Row tap_row(const FidResult& fid, std::int64_t tap, const BootstrapOptions& options) {
  const auto batches = fid.batches(tap);
  const auto summary = summarise(batches);
  Row row{fmt::format("{} features", tap), {fid.distance(tap), {summary.mean}, {summary.sd}}, 3};
  if (summary.count < 2) return row;
  std::vector<double> resample(batches.size());
  const auto statistics = [&](std::span<const std::int64_t> indices, std::span<double> out) {
    std::transform(indices.begin(), indices.end(), resample.begin(), [&](auto i) { return batches[i]; });
    const auto of_resample = summarise(resample);
    out[0] = of_resample.mean;
    out[1] = of_resample.sd;
  };
  const auto intervals = bootstrap(std::ssize(batches), 2, statistics, options);
  row.cells[1].interval = intervals[0];
  row.cells[2].interval = intervals[1];
  return row;
}

} // namespace

Table fid_table(const Arm& arm, const BootstrapOptions& options) {
  const FidResult fid(arm.fid);
  Table table{"fid",
              arm.name,
              fmt::format("Fréchet inception distance of reconstructions to originals, {}", arm.name),
              "Inception layer",
              kFidColumns,
              {},
              {}};
  for (const auto tap : fid.taps()) table.rows.push_back(tap_row(fid, tap, options));
  if (fid.has_random_weights()) table.notes.emplace_back(kRandomInceptionNote);
  const auto taps = fid.taps();
  table.notes.push_back(
      fmt::format("{} batches of {} images, as in the paper; a covariance of so few images makes their distances large.",
                  taps.empty() ? 0 : fid.batches(taps.front()).size(), fid.batch_size()));
  table.notes.push_back(
      fmt::format("Intervals: of the whole set as cxr fid computed them, by leaving out parts, since resampled images repeat and "
                  "bias the distance upwards; of batches percentile bootstrap over batches, {} resamples, seed {}.",
                  options.resamples, options.seed));
  table.notes.push_back("The paper gives no distance of reconstructions.");
  return table;
}

} // namespace cxr
