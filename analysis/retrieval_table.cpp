#include "analysis/retrieval_table.h"

#include "analysis/estimates.h"
#include "data/image_set.h"
#include "metrics/retrieval.h"

namespace cxr {
namespace {

constexpr std::int64_t kPublishedK = 10;
constexpr std::size_t kClasses = kCheXpertLabels.size();
constexpr std::array<const char*, kExtractions.size()> kPublishedColumns = {"cls", "mean", "pooler", "model_specific"};
constexpr const char* kArm = "text encoders";
constexpr const char* kMacro = "Macro";

/// CheXpert@k of each class and, last, their macro average, in percent.
std::vector<Cell> cells_of(const RetrievalResults& run, const BootstrapOptions& options) {
  const auto statistics = [&](std::span<const std::int64_t> indices, std::span<double> out) {
    const auto means = class_means(run.scores, run.classes, kClasses, indices);
    for (std::size_t c = 0; c < kClasses; ++c) out[c] = 100 * means.of_class[c];
    out[kClasses] = 100 * means.macro;
  };
  return estimates(std::ssize(run.scores), kClasses + 1, statistics, options, run.classes);
}

std::vector<std::string> common_notes(const RetrievalResults& run, const BootstrapOptions& options) {
  return {fmt::format(
              "{} reports of one positive label each. Of a report's {} nearest others, the share in its class, in percent; macro: "
              "the mean over the classes.",
              run.ids.size(), run.k),
          fmt::format(
              "Intervals: percentile bootstrap over the reports of each class, {} resamples, seed {}; a report's neighbours stay.",
              options.resamples, options.seed)};
}

/// Encoders whose similarities are not the paper's dot products.
std::string other_similarities(const TextStudyResults& results) {
  std::vector<std::string> names;
  for (const auto& encoder : results.encoders) {
    for (std::size_t e = 0; e < kExtractions.size(); ++e) {
      const auto& run = encoder.by_extraction[e];
      if (run && run->similarity != "dot")
        names.push_back(fmt::format("{} {}: {}", encoder.name, kExtractionHeadings[e], run->similarity));
    }
  }
  return names.empty() ? "Similarities are dot products, as in the paper."
                       : fmt::format("Similarities are dot products, as in the paper, but for {}.", fmt::join(names, ", "));
}

} // namespace

Table macro_table(const TextStudyResults& results, const Published& published, const BootstrapOptions& options) {
  const auto k = results.any().k;
  Table table{"table2",
              kArm,
              fmt::format("Table 2. CheXpert@{}, macro average, by text encoder and extraction", k),
              "Text encoder",
              {},
              {},
              common_notes(results.any(), options)};
  for (std::size_t e = 0; e < kExtractions.size(); ++e) table.columns.push_back({kExtractions[e], kExtractionHeadings[e]});
  for (const auto& encoder : results.encoders) {
    Row row{encoder.name, {}, 1, "None"};
    for (std::size_t e = 0; e < kExtractions.size(); ++e) {
      const auto& run = encoder.by_extraction[e];
      row.cells.push_back(run ? cells_of(*run, options).back() : Cell{});
      if (k == kPublishedK)
        row.cells.back().published = published.table("table2_chexpert_at_10_macro", encoder.name, kPublishedColumns[e]);
    }
    table.rows.push_back(std::move(row));
  }
  add_published_note(table, published, "3.3");
  table.notes.push_back(other_similarities(results));
  table.notes.emplace_back("None: the encoder has no such extraction, or the study no run of it.");
  return table;
}

Table class_table(const TextStudyResults& results, const Published& published, const BootstrapOptions& options) {
  struct Source {
    std::string name;
    const RetrievalResults& run;
  };
  std::vector<Source> sources;
  std::vector<std::string> extractions;
  if (results.bag_of_words) sources.push_back({kBagOfWords, *results.bag_of_words});
  for (const auto& encoder : results.encoders) {
    sources.push_back({encoder.name, *encoder.by_extraction[encoder.best()]});
    extractions.push_back(fmt::format("{} {}", encoder.name, kExtractionHeadings[encoder.best()]));
  }
  const auto k = results.any().k;
  Table table{
      "table3", kArm, fmt::format("Table 3. CheXpert@{} by class", k), "Class", {}, {}, common_notes(results.any(), options)};
  // Rows in the paper's order, which is the alphabet's.
  std::map<std::string, std::size_t> order;
  for (std::size_t c = 0; c < kClasses; ++c) order.emplace(kCheXpertLabels[c], c);
  for (const auto& [label, c] : order) table.rows.push_back({label, {}, 1});
  table.rows.push_back({kMacro, {}, 1});
  for (const auto& source : sources) {
    table.columns.push_back({source.name, source.name});
    const auto cells = cells_of(source.run, options);
    for (auto& row : table.rows) {
      row.cells.push_back(cells[row.label == kMacro ? kClasses : order.at(row.label)]);
      if (k == kPublishedK) row.cells.back().published = published.table("table3_chexpert_at_10", row.label, source.name);
    }
  }
  add_published_note(table, published, "3.3");
  if (!extractions.empty())
    table.notes.push_back(
        fmt::format("Each encoder by the extraction that is its best in Table 2: {}.", fmt::join(extractions, ", ")));
  return table;
}

} // namespace cxr
