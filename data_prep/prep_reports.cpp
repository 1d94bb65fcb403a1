#include <fmt/format.h>

#include "core/error.h"
#include "core/log.h"
#include "data_prep/commands.h"
#include "data_prep/paths.h"
#include "data_prep/prep_options.h"
#include "data_prep/reports.h"

namespace cxr {
namespace {

namespace fs = std::filesystem;

struct Options {
  fs::path root, zip, text, out;
  std::string sections = "mimic", sample = "all";
  ReportsOptions reports;
};

void add_source_options(CLI::App& app, Options& options) {
  auto* root = app.add_option("--root", options.root, "the folder of MIMIC-CXR's reports (files/p10/p10000032/s50414267.txt)");
  auto* zip = app.add_option("--zip", options.zip, "mimic-cxr-reports.zip");
  auto* text = app.add_option("--text", options.text, "a file with a report a line; taken whole, ids are line numbers from 1");
  root->excludes(zip)->excludes(text);
  zip->excludes(text);
}

void add_report_options(CLI::App& app, Options& options) {
  auto& reports = options.reports;
  app.add_option("--tables", reports.tables, "the folder of the label tables; by default --root, or where --zip lies");
  add_report_rules(app, reports.label_source, options.sections);
  app.add_option("--sample", options.sample,
                 "all, or study: of each of the 14 labels the same number of reports whose only positive label it is")
      ->check(CLI::IsMember({"all", "study"}))
      ->capture_default_str();
  app.add_option("--per-class", reports.sample.per_class, "reports a label, of --sample study")
      ->check(CLI::Range(1, 1 << 30))
      ->capture_default_str();
  app.add_option("--seed", reports.sample.seed, "of --sample study")->capture_default_str();
  app.add_flag("--allow-fewer", reports.sample.allow_fewer, "take what a label has where --per-class reports are not there");
  app.add_option("--out", options.out, "the text set to write (.h5); must not exist")->required()->group(kExecutionGroup);
}

std::map<std::string, std::string> attributes(const Options& options, const CLI::App& app) {
  return {{"source", "reports"},
          {"sections", options.sections},
          {"sample", options.sample},
          {"seed", fmt::format("{}", options.reports.sample.seed)},
          {"program_version", CXR_VERSION},
          {"configuration", result_configuration(app)}};
}

int run(Options& options, const CLI::App& app) {
  check_out(options.out);
  if (options.root.empty() && options.zip.empty() && options.text.empty()) {
    throw InputError("prep reports", "", "--root, --zip or --text", "none of them");
  }
  if (!options.text.empty()) {
    write_line_set(options.text, options.out, attributes(options, app));
    return kDone;
  }
  auto& reports = options.reports;
  reports.reports = options.root.empty() ? options.zip : options.root;
  if (reports.tables.empty()) reports.tables = options.root.empty() ? fs::absolute(options.zip).parent_path() : options.root;
  if (!options.root.empty()) check_root(options.root);
  reports.sections = sections_rule(options.sections);
  reports.study = options.sample == "study";
  auto found = read_impressions(reports);
  const auto rows = found.records.size();
  write_text_set(options.out, std::move(found.records), found.has_labels, attributes(options, app));
  log::info("{}: {} impressions of {} reports, {} without one left out", options.out.string(), rows, found.reports, found.empty);
  return kDone;
}

} // namespace

Subcommand prep_reports_command(CLI::App& prep) {
  const auto options = std::make_shared<Options>();
  auto* app = prep.add_subcommand("reports", "reports to a text set: MIMIC-CXR's files or zip, or a file with a report a line");
  add_source_options(*app, *options);
  add_report_options(*app, *options);
  return {app, [options, app] { return run(*options, *app); }};
}

} // namespace cxr
