#include "analysis/quality_table.h"
#include "metrics/summary.h"

namespace cxr {
namespace {

const std::vector<Column> kColumns = {{"whole", "Whole set"}, {"batch_mean", "Mean of batches"}, {"batch_sd", "SD of batches"}};

/// What `cxr fid --json` printed.
class FidResult {
 public:
  explicit FidResult(const std::filesystem::path& path) : file_(path) {
    if (!file_.has("fid") || !file_.root().at("fid").is_object())
      file_.refuse("fid", "distances by feature count, as cxr fid --json prints", "none");
  }

  bool random_weights() const { return file_.get_or<std::string>("weights", "given") == "random"; }
  std::int64_t batch_size() const { return file_.get_or<std::int64_t>("batch", 0); }

  /// The feature counts that the file has, ascending.
  std::vector<std::int64_t> taps() const {
    std::vector<std::int64_t> taps;
    for (const auto& [name, distance] : file_.root().at("fid").items()) {
      if (name.empty() || name.size() > 6 || name.find_first_not_of("0123456789") != std::string::npos || !distance.is_number()) {
        file_.refuse(fmt::format("fid, {}", name), "a feature count and a number", distance.dump());
      }
      taps.push_back(std::stoll(name));
    }
    std::sort(taps.begin(), taps.end());
    return taps;
  }

  double whole(std::int64_t tap) const { return file_.root().at("fid").at(std::to_string(tap)).get<double>(); }

  std::vector<double> batches(std::int64_t tap) const {
    const auto pointer = nlohmann::json::json_pointer() / "fid_batches" / std::to_string(tap);
    if (!file_.root().contains(pointer)) return {};
    const auto& values = file_.root().at(pointer);
    const bool numbers =
        values.is_array() && std::all_of(values.begin(), values.end(), [](const auto& x) { return x.is_number(); });
    if (!numbers) file_.refuse(fmt::format("fid_batches, {}", tap), "a list of numbers", values.type_name());
    return values.get<std::vector<double>>();
  }

 private:
  JsonFile file_;
};

Row tap_row(const FidResult& fid, std::int64_t tap, const BootstrapOptions& options) {
  const auto batches = fid.batches(tap);
  const auto summary = summarise(batches);
  Row row{fmt::format("{} features", tap), {{fid.whole(tap)}, {summary.mean}, {summary.sd}}, 3};
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
              kColumns,
              {},
              {}};
  for (const auto tap : fid.taps()) table.rows.push_back(tap_row(fid, tap, options));
  if (fid.random_weights()) {
    table.notes.push_back(
        "Inception has random weights: these distances show that the computation works, and nothing about the images.");
  }
  const auto taps = fid.taps();
  table.notes.push_back(
      fmt::format("{} batches of {} images, as in the paper; a covariance of so few images makes their distances large.",
                  taps.empty() ? 0 : fid.batches(taps.front()).size(), fid.batch_size()));
  table.notes.push_back(
      fmt::format("Intervals: percentile bootstrap over batches, {} resamples, seed {}. The distance of the whole set has "
                  "none: resampled images repeat, which biases it upwards.",
                  options.resamples, options.seed));
  table.notes.push_back("The paper gives no distance of reconstructions.");
  return table;
}

} // namespace cxr
