#include <memory>
#include <optional>

#include "core/error.h"
#include "data_prep/commands.h"
#include "data_prep/phantom/phantom.h"
#include "data_prep/phantom/phantom_source.h"
#include "data_prep/prep_options.h"

namespace cxr {
namespace {

int label_index(const std::string& name) {
  const auto found = std::ranges::find(kCheXpertLabels, name);
  if (found == kCheXpertLabels.end()) {
    throw InputError("prep phantom", "--finding", fmt::format("one of {}", fmt::join(kCheXpertLabels, ", ")), name);
  }
  return static_cast<int>(found - kCheXpertLabels.begin());
}

/// What phantom `number` shows: nothing if it is to be drawn.
std::optional<std::vector<int>> findings_of(const PhantomOptions& options, std::int64_t number) {
  if (options.balanced) return std::vector<int>{static_cast<int>(number % std::ssize(kCheXpertLabels))};
  if (options.findings.empty()) return std::nullopt;
  std::vector<int> findings;
  for (const auto& name : options.findings) findings.push_back(label_index(name));
  std::ranges::sort(findings);
  findings.erase(std::ranges::unique(findings).begin(), findings.end());
  return findings;
}

phantom::Plan plan_of(const PhantomOptions& options, std::int64_t number) {
  const auto findings = findings_of(options, number);
  return phantom::plan_phantom(options.seed, number, findings ? &*findings : nullptr);
}

} // namespace

Source phantom_source(const PhantomOptions& options) {
  Source source;
  source.name = "phantom";
  source.view = "frontal";
  source.has_labels = true;
  for (std::int64_t number = options.first; number < options.first + options.n; ++number) {
    const auto id = fmt::format("phantom-{}-{:06}", options.seed, number);
    source.items.push_back(
        {fmt::format("{:019}", number), id, id, id, plan_of(options, number).report.labels}); // the path sorts by number
  }
  source.read_image = [options](const SourceItem& item) {
    return phantom::render(plan_of(options, std::stoll(item.path)), options.size);
  };
  source.read_report = [options](const SourceItem& item) {
    auto report = plan_of(options, std::stoll(item.path)).report;
    return ReportText{std::move(report.report), std::move(report.impression)};
  };
  return source;
}

Subcommand prep_phantom_command(CLI::App& prep) {
  struct Options {
    PhantomOptions phantom;
    PrepOptions prep;
  };
  const auto options = std::make_shared<Options>();
  auto& [phantom, out] = *options;
  auto* app = prep.add_subcommand("phantom", "procedural radiographs with drawn findings, labels and reports");
  app->add_option("--n", phantom.n, "how many phantoms")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1} << 31))
      ->capture_default_str();
  app->add_option("--first", phantom.first, "number of the first phantom")->check(CLI::NonNegativeNumber)->capture_default_str();
  app->add_option("--seed", phantom.seed, "of the phantoms")->capture_default_str();
  app->add_option("--size", phantom.size, "side of the square images, pixels")->check(CLI::Range(32, 4096))->capture_default_str();
  auto* finding = app->add_option("--finding", phantom.findings,
                                  "label that every phantom shows (CheXpert's name), may be repeated; by default "
                                  "findings are drawn at CheXpert's frequencies");
  app->add_flag("--balanced", phantom.balanced, "the 14 labels in turn, one a phantom")->excludes(finding);
  app->add_option("--out", out.out, "the image set to write (.h5); must not exist")->required()->group(kExecutionGroup);
  app->add_option("--threads", out.threads, "threads a rank; 0 for its share of the cores")
      ->check(CLI::Range(0, 1024))
      ->capture_default_str()
      ->group(kExecutionGroup);
  return {app, [options, app] {
            options->prep.n = options->phantom.n;
            options->prep.seed = options->phantom.seed;
            options->prep.size = options->phantom.size;
            return run_prepare(phantom_source(options->phantom), options->prep, *app);
          }};
}

} // namespace cxr
