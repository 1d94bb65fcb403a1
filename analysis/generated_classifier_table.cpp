#include <set>

#include "analysis/estimates.h"
#include "analysis/generated_tables.h"
#include "analysis/paper_methods.h"
#include "analysis/prompt_scores.h"

namespace cxr {
namespace {

const std::vector<TableColumn> kGeneratedClassifierColumns = {{"prevalence", "Prevalence"}, {"auc", "AUC"},
                                                              {"accuracy", "Accuracy"},     {"f1", "F1"},
                                                              {"precision", "Precision"},   {"recall", "Recall"}};

Row method_row(const MethodResults& method, const std::string& finding, ScoreKind kind, const BootstrapOptions& options) {
  Row row{method.name, std::vector<Cell>(kGeneratedClassifierColumns.size())};
  const auto scores = prompt_scores(method, finding, kind);
  if (!scores) return row;
  const auto statistics = [&](std::span<const std::int64_t> indices, std::span<double> out) {
    const auto counts = scores->scored.confusion(indices);
    const auto values = {counts.prevalence(), scores->scored.auc(indices), counts.accuracy(),
                         counts.f1(),         counts.precision(),          counts.recall()};
    std::copy(values.begin(), values.end(), out.begin());
  };
  row.cells = estimates(scores->scored.size(), std::ssize(kGeneratedClassifierColumns), statistics, options, scores->strata);
  return row;
}

/// Fills in what the paper has of the row's method. @return why it is not certain to be that method; empty if it is
std::string_view add_published(Row& row, const Published& published) {
  const auto name = table5_name(row.label);
  if (!name) return "";
  for (std::size_t i = 0; i < kGeneratedClassifierColumns.size(); ++i)
    row.cells[i].published =
        published.table("table5_effusion_classifier", std::string(name->row), kGeneratedClassifierColumns[i].key);
  return name->doubt;
}

std::string image_counts(const GenerationResults& results) {
  std::set<std::string> counts;
  for (const auto& method : results.methods) {
    if (!method.scores) continue;
    counts.insert(fmt::format("{} images of the negative prompt and {} of the positive one",
                              method.prompts[kNegativePrompt].samples.size(), method.prompts[kPositivePrompt].samples.size()));
  }
  return fmt::format("{}", fmt::join(counts, "; "));
}

Table classifier_table(const GenerationResults& results, const Published& published, ScoreKind kind,
                       const BootstrapOptions& options) {
  const bool raw = kind == ScoreKind::kRaw;
  Table table{
      raw ? "table5_raw" : "table5",
      "generated images",
      fmt::format("Table 5. Classification of generated images, {}{}", results.generation.finding, raw ? ", raw scores" : ""),
      "Method",
      kGeneratedClassifierColumns,
      {},
      {}};
  std::set<std::string_view> doubts;
  for (const auto& method : results.methods) {
    if (!method.scores) continue;
    table.rows.push_back(method_row(method, results.generation.finding, kind, options));
    if (!raw && results.compares_with_paper()) doubts.insert(add_published(table.rows.back(), published));
  }
  table.notes = {fmt::format("{} a method. Negative: \"{}\". Positive: \"{}\".", image_counts(results),
                             results.generation.prompts[kNegativePrompt].text, results.generation.prompts[kPositivePrompt].text),
                 threshold_note(kind),
                 fmt::format("Intervals: percentile bootstrap over the images of each prompt, {} resamples, seed {}.",
                             options.resamples, options.seed)};
  std::ranges::copy(results.notes(), std::back_inserter(table.notes));
  add_published_note(table, published, "3.5");
  for (const auto doubt : doubts) {
    if (!doubt.empty()) table.notes.emplace_back(doubt);
  }
  table.notes.emplace_back("— is a number that does not exist: a finding that the classifier lacks, or nothing published.");
  return table;
}

} // namespace

std::vector<Table> generated_classifier_tables(const GenerationResults& results, const Published& published,
                                               const BootstrapOptions& options) {
  const bool any =
      std::any_of(results.methods.begin(), results.methods.end(), [](const auto& method) { return method.scores.has_value(); });
  if (!any) return {};
  return {classifier_table(results, published, ScoreKind::kCalibrated, options),
          classifier_table(results, published, ScoreKind::kRaw, options)};
}

} // namespace cxr
