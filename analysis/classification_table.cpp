#include "analysis/classification_table.h"

#include "analysis/estimates.h"
#include "analysis/findings.h"
#include "data/image_set.h"
#include "metrics/classification.h"

namespace cxr {
namespace {

enum ColumnNumber : std::size_t {
  kPrevalence,
  kAucOriginal,
  kAucReconstruction,
  kAucDifference,
  kAccuracyOriginal,
  kAccuracyReconstruction,
  kF1Original,
  kF1Reconstruction,
  kColumnCount
};

const std::vector<TableColumn> kClassifierColumns = {{"prevalence", "Prevalence"},
                                                     {"auc_orig", "AUC orig."},
                                                     {"auc_recon", "AUC recon."},
                                                     {"auc_difference", "Δ AUC"},
                                                     {"accuracy_orig", "Accuracy orig."},
                                                     {"accuracy_recon", "Accuracy recon."},
                                                     {"f1_orig", "F1 orig."},
                                                     {"f1_recon", "F1 recon."}};

std::vector<std::uint8_t> truth(const at::Tensor& labels, std::string_view name) {
  const auto column = std::find(kCheXpertLabels.begin(), kCheXpertLabels.end(), name) - kCheXpertLabels.begin();
  const auto values = labels.accessor<std::int8_t, 2>();
  std::vector<std::uint8_t> present(static_cast<std::size_t>(labels.size(0)));
  for (std::int64_t i = 0; i < labels.size(0); ++i) {
    present[i] = values[i][column] == kPositive || values[i][column] == kUncertain;
  }
  return present;
}

/// A finding's scores of originals and reconstructions, both against the same truth.
struct ScoredPair {
  ScoredLabels original, reconstruction;

  void statistics(std::span<const std::int64_t> indices, std::span<double> values) const {
    const auto of_originals = original.confusion(indices), of_reconstructions = reconstruction.confusion(indices);
    values[kPrevalence] = of_originals.prevalence();
    values[kAucOriginal] = original.auc(indices);
    values[kAucReconstruction] = reconstruction.auc(indices);
    values[kAucDifference] = values[kAucReconstruction] - values[kAucOriginal];
    values[kAccuracyOriginal] = of_originals.accuracy();
    values[kAccuracyReconstruction] = of_reconstructions.accuracy();
    values[kF1Original] = of_originals.f1();
    values[kF1Reconstruction] = of_reconstructions.f1();
  }
};

std::optional<ScoredPair> scored_pair(const ArmResults& results, const Finding& finding, ScoreKind kind) {
  const std::string pathology(finding.pathology);
  const auto original = results.original.column(kind, pathology), reconstruction = results.reconstruction.column(kind, pathology);
  if (!original || !reconstruction) return std::nullopt;
  const auto present = truth(results.labels, finding.label);
  return ScoredPair{ScoredLabels(present, *original, kScoreThreshold), ScoredLabels(present, *reconstruction, kScoreThreshold)};
}

Row finding_row(const Finding& finding, const ArmResults& results, ScoreKind kind, const BootstrapOptions& options) {
  Row row{std::string(finding.label), std::vector<Cell>(kColumnCount), 3};
  const auto pair = scored_pair(results, finding, kind);
  if (!pair) return row;
  row.cells = estimates(
      results.samples, kColumnCount, [&](auto indices, auto values) { pair->statistics(indices, values); }, options);
  // Without a positive label, F1 and the AUCs say nothing of the classifier.
  if (row.cells[kPrevalence].value == 0) {
    for (auto i : {kAucOriginal, kAucReconstruction, kAucDifference, kF1Original, kF1Reconstruction}) row.cells[i] = {};
  }
  return row;
}

std::string table_title(const Arm& arm, ScoreKind kind) {
  const auto* suffix = kind == ScoreKind::kRaw ? ", raw scores" : "";
  if (arm.dataset == "phantom") {
    return fmt::format("Classification of original and reconstructed phantoms, {} (layout of Table 1){}", arm.name, suffix);
  }
  return fmt::format("Table {}. Classification of original and reconstructed images, {}{}", arm.dataset == "mimic" ? 1 : 6,
                     arm.name, suffix);
}

std::vector<std::string> table_notes(const ArmResults& results, ScoreKind kind, const BootstrapOptions& options) {
  return {fmt::format("{} images. Uncertain findings count as present, missing ones as absent.", results.samples),
          threshold_note(kind),
          fmt::format("Intervals: percentile bootstrap over images, {} resamples, seed {}. Δ AUC is reconstruction minus original "
                      "on the same resamples.",
                      options.resamples, options.seed),
          "— is a number that does not exist: one class alone, a finding that the classifier lacks, or nothing published."};
}

} // namespace

Table classification_table(const Arm& arm, const ArmResults& results, const Published& published, ScoreKind kind,
                           const BootstrapOptions& options) {
  const bool raw = kind == ScoreKind::kRaw;
  Table table{fmt::format("{}{}", arm.dataset == "chexpert" ? "table6" : "table1", raw ? "_raw" : ""),
              arm.name,
              table_title(arm, kind),
              "Finding",
              kClassifierColumns,
              {},
              table_notes(results, kind, options)};
  const auto* published_table = arm.dataset == "mimic" ? "table1_mimic" : arm.dataset == "chexpert" ? "table6_chexpert" : "";
  for (const auto& finding : kFindings) {
    table.rows.push_back(finding_row(finding, results, kind, options));
    if (raw) continue;
    auto& row = table.rows.back();
    for (std::size_t i = 0; i < kColumnCount; ++i)
      row.cells[i].published = published.table(published_table, row.label, kClassifierColumns[i].key);
    const auto original = row.cells[kAucOriginal].published, reconstruction = row.cells[kAucReconstruction].published;
    if (original && reconstruction) row.cells[kAucDifference].published = *reconstruction - *original;
  }
  return table;
}

} // namespace cxr
