#include <cstdio>

#include "analysis/classification_table.h"
#include "analysis/commands.h"
#include "analysis/generated_tables.h"
#include "analysis/quality_table.h"
#include "analysis/retrieval_table.h"
#include "analysis/table_formats.h"
#include "core/atomic_file.h"
#include "core/error.h"
#include "core/log.h"

namespace cxr {
namespace {

namespace fs = std::filesystem;

struct TablesOptions {
  fs::path study;
  std::string format = "md";
  bool as_json = false;
  BootstrapOptions bootstrap;
};

void append(std::vector<Table>& tables, std::vector<Table> more) {
  std::move(more.begin(), more.end(), std::back_inserter(tables));
}

std::vector<Table> tables_of(const Arm& arm, const Published& published, const BootstrapOptions& options) {
  const auto results = read_arm_results(arm);
  std::vector<Table> tables = {quality_table(arm, results, published, options),
                               classification_table(arm, results, published, ScoreKind::kCalibrated, options),
                               classification_table(arm, results, published, ScoreKind::kRaw, options)};
  if (!arm.fid.empty()) tables.push_back(fid_table(arm, options));
  return tables;
}

std::vector<Table> text_tables(const Study& study, const Published& published, const BootstrapOptions& options) {
  if (study.encoders.empty() && study.bag_of_words.empty()) return {};
  const auto results = read_text_study(study);
  std::vector<Table> tables;
  if (!results.encoders.empty()) tables.push_back(macro_table(results, published, options));
  tables.push_back(class_table(results, published, options));
  return tables;
}

std::vector<Table> generated_tables(const Study& study, const Published& published, const BootstrapOptions& options) {
  const auto results = read_generation(study);
  auto tables = generated_fid_tables(results, published);
  append(tables, generated_classifier_tables(results, published, options));
  append(tables, generated_measures_tables(results));
  return tables;
}

std::vector<Table> tables_of(const Study& study, const Published& published, const BootstrapOptions& options) {
  std::vector<Table> tables;
  for (const auto& arm : study.arms) append(tables, tables_of(arm, published, options));
  append(tables, text_tables(study, published, options));
  append(tables, generated_tables(study, published, options));
  return tables;
}

int print_tables(const TablesOptions& options) {
  const auto study = read_study(options.study);
  const auto tables = tables_of(study, Published(), options.bootstrap);
  const std::map<std::string, std::string> texts = {{"md", markdown(tables)}, {"csv", csv(tables)}, {"tex", latex(tables)}};
  const auto folder = study.folder / "tables";
  fs::create_directories(folder);
  for (const auto& [extension, text] : texts) write_file_atomically(folder / ("tables." + extension), text);
  std::fputs((options.as_json ? json(tables).dump() + "\n" : texts.at(options.format)).c_str(), stdout);
  std::fflush(stdout); // before the next line on stderr
  log::info("tables.md, tables.csv and tables.tex are in {}", folder.string());
  return kDone;
}

} // namespace

Subcommand tables_command(CLI::App& parent) {
  const auto options = std::make_shared<TablesOptions>();
  auto* app = parent.add_subcommand("tables", "the paper's tables from a study's runs, with intervals and the published values");
  app->add_option("study", options->study, "the study's folder, with study.toml")->required();
  app->add_option("--format", options->format, "what is printed: md, csv or tex; all three go to STUDY/tables")
      ->check(CLI::IsMember({"md", "csv", "tex"}))
      ->capture_default_str();
  app->add_option("--resamples", options->bootstrap.resamples, "bootstrap resamples an interval")
      ->check(CLI::Range(1, 1000000))
      ->capture_default_str();
  app->add_option("--seed", options->bootstrap.seed, "of the resamples")->capture_default_str();
  app->add_flag("--json", options->as_json, "print one JSON object instead");
  return {app, [options] { return print_tables(*options); }};
}

} // namespace cxr
