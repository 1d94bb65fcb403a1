#include <algorithm>
#include <memory>
#include <optional>

#include "core/error.h"
#include "core/log.h"
#include "data_prep/commands.h"
#include "data_prep/paths.h"
#include "data_prep/phantom/phantom.h"
#include "data_prep/phantom/phantom_source.h"
#include "data_prep/phantom/phantom_texts.h"
#include "data_prep/prep_options.h"
#include "dist/communicator.h"

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
  if (options.balanced) {
    if (options.findings.empty()) return std::vector<int>{static_cast<int>(number % std::ssize(kCheXpertLabels))};
    return std::vector<int>{label_index(options.findings[number % std::ssize(options.findings)])};
  }
  if (options.findings.empty()) return std::nullopt;
  std::vector<int> findings;
  for (const auto& name : options.findings) findings.push_back(label_index(name));
  std::ranges::sort(findings);
  findings.erase(std::unique(findings.begin(), findings.end()), findings.end());
  return findings;
}

phantom::Plan plan_of(const PhantomOptions& options, std::int64_t number) {
  const auto findings = findings_of(options, number);
  return phantom::plan_phantom(options.seed, number, findings ? &*findings : nullptr);
}

struct Options {
  PhantomOptions phantom;
  PrepOptions prep;
  bool reports = false;
  std::int64_t per_class = 50;
};

void add_phantom_options(CLI::App& app, Options& options) {
  auto& phantom = options.phantom;
  app.add_option("--n", phantom.n, "how many phantoms")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1} << 31))
      ->capture_default_str();
  app.add_option("--first", phantom.first, "number of the first phantom")->check(CLI::NonNegativeNumber)->capture_default_str();
  app.add_option("--seed", phantom.seed, "of the phantoms")->capture_default_str();
  app.add_option("--size", phantom.size, "side of the square images, pixels")->check(CLI::Range(32, 4096))->capture_default_str();
  app.add_option("--finding", phantom.findings,
                 "label that every phantom shows (CheXpert's name), may be repeated; by default "
                 "findings are drawn at CheXpert's frequencies");
  app.add_flag("--balanced", phantom.balanced, "in turn, one a phantom: the labels of --finding, or all 14");
  app.add_flag("--reports", options.reports,
               "reports without pictures: a text set of impressions with one positive label each, the 14 in turn");
  app.add_option("--per-class", options.per_class, "reports a label, of --reports; 50 by default")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1} << 26));
}

/// Refuses options that do nothing for what is written. CLI11's own `excludes` would count `reports = false` of a --config too.
void check_together(const Options& options, const CLI::App& app) {
  if (!options.reports && app.count("--per-class") > 0) {
    throw InputError("prep phantom", "--per-class", "--reports with it", "none");
  }
  for (const char* name : {"--n", "--first", "--size", "--finding", "--balanced"}) {
    if (options.reports && app.count(name) > 0) throw InputError("prep phantom", name, "none with --reports", "one");
  }
}

int write_texts(const Options& options) {
  const auto& out = options.prep.out;
  if (!world().is_root()) return kDone; // rank 0 alone is fast enough; another would find what it has written by then
  check_out(out);
  write_phantom_texts({out, options.per_class, options.phantom.seed});
  log::info("{}: {} impressions, {} of each label", out.string(), options.per_class * std::ssize(kCheXpertLabels),
            options.per_class);
  return kDone;
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
  const auto options = std::make_shared<Options>();
  auto* app = prep.add_subcommand("phantom", "procedural radiographs with drawn findings, labels and reports; or reports alone");
  add_phantom_options(*app, *options);
  app->add_option("--out", options->prep.out, "the image set, or text set, to write (.h5); must not exist")
      ->required()
      ->group(kExecutionGroup);
  app->add_option("--threads", options->prep.threads, "threads a rank; 0 for its share of the cores")
      ->check(CLI::Range(0, 1024))
      ->capture_default_str()
      ->group(kExecutionGroup);
  return {app, [options, app] {
            check_together(*options, *app);
            if (options->reports) return write_texts(*options);
            options->prep.n = options->phantom.n;
            options->prep.seed = options->phantom.seed;
            options->prep.size = options->phantom.size;
            return run_prepare(phantom_source(options->phantom), options->prep, *app);
          }};
}

} // namespace cxr
