#include "analysis/study_tables.h"

#include "analysis/classification_table.h"
#include "analysis/quality_table.h"
#include "analysis/retrieval_table.h"

namespace cxr {
namespace {

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

std::vector<Table> generated_tables(const Study& study, const Published& published, const BootstrapOptions& options,
                                    NoteDetail detail) {
  if (study.methods.empty()) return {};
  const auto results = read_generation(study);
  auto tables = generated_fid_tables(results, published, detail);
  append(tables, generated_classifier_tables(results, published, options));
  append(tables, generated_measures_tables(results, detail));
  return tables;
}

} // namespace

std::vector<Table> study_tables(const Study& study, const BootstrapOptions& options, NoteDetail detail) {
  const Published published;
  std::vector<Table> tables;
  for (const auto& arm : study.arms) append(tables, tables_of(arm, published, options));
  append(tables, text_tables(study, published, options));
  append(tables, generated_tables(study, published, options, detail));
  return tables;
}

void add_bootstrap_options(CLI::App& app, BootstrapOptions& options) {
  app.add_option("--resamples", options.resamples, "bootstrap resamples an interval")
      ->check(CLI::Range(1, 1000000))
      ->capture_default_str();
  app.add_option("--seed", options.seed, "of the resamples")->capture_default_str();
}

} // namespace cxr
