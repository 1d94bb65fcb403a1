#include "analysis/reader_study_tables.h"

#include "analysis/estimates.h"
#include "metrics/agreement.h"
#include "metrics/summary.h"

namespace cxr {
namespace {

using Readers = std::vector<const ReaderScores*>;

/// The numbers of the cases that all these readers scored.
std::vector<std::size_t> common_cases(const Readers& readers) {
  std::vector<std::size_t> cases;
  for (std::size_t i = 0; i < readers.front()->cases.size(); ++i) {
    if (std::all_of(readers.begin(), readers.end(), [&](const auto* reader) { return reader->cases[i].score != 0; }))
      cases.push_back(i);
  }
  return cases;
}

/// Each case's mean over the readers.
template <typename Member>
std::vector<double> case_means(const Readers& readers, Member member) {
  std::vector<double> means;
  for (const auto i : common_cases(readers)) {
    double sum = 0;
    for (const auto* reader : readers) sum += static_cast<double>(reader->cases[i].*member);
    means.push_back(sum / static_cast<double>(readers.size()));
  }
  return means;
}

Cell mean_cell(const std::vector<double>& values, const BootstrapOptions& options) {
  const auto mean = [&](std::span<const std::int64_t> indices, std::span<double> out) {
    double sum = 0;
    for (const auto i : indices) sum += values[static_cast<std::size_t>(i)];
    out[0] = sum / static_cast<double>(indices.size());
  };
  return estimates(std::ssize(values), 1, mean, options).front();
}

const std::vector<TableColumn> kScoreColumns = {{"n", "Cases", 0},         {"mean", "Mean"},       {"sd", "SD"},
                                                {"median", "Median", 1},   {"min", "Smallest", 1}, {"max", "Largest", 1},
                                                {"seconds", "Median s", 1}};

Row score_row(const std::string& label, const Readers& readers, const BootstrapOptions& options) {
  const auto scores = case_means(readers, &ReaderScore::score);
  const auto summary = summarise(scores);
  const auto seconds = summarise(case_means(readers, &ReaderScore::seconds)).median;
  return {label,
          {{static_cast<double>(summary.count)},
           mean_cell(scores, options),
           {summary.sd},
           {summary.median},
           {summary.min},
           {summary.max},
           {seconds}},
          2};
}

Table score_table(const std::string& study, const Readers& readers, const Published& published, const BootstrapOptions& options) {
  Table table{"reader_scores", study, fmt::format("Scores of the reconstructions, reader study {}", study), "Reader",
              kScoreColumns};
  for (const auto* reader : readers) {
    table.rows.push_back(score_row(reader->reader, {reader}, options));
    auto& cells = table.rows.back().cells;
    for (std::size_t i = 0; i < cells.size(); ++i) cells[i].published = published.reader_study(kScoreColumns[i].key);
  }
  if (readers.size() > 1) table.rows.push_back(score_row("Mean over readers", readers, options));
  table.notes = {
      "5: very good, 4: good with noticeable errors, 3: possible negative effects, 2: severe errors or hallucinated lesions, "
      "1: nondiagnostic (section 2.2).",
      fmt::format("Intervals of the mean: percentile bootstrap over cases, {} resamples, seed {}.", options.resamples,
                  options.seed)};
  if (readers.size() > 1) table.notes.push_back("Mean over readers: of each case that all of them scored.");
  add_published_note(table, published, "3.1");
  return table;
}

Table count_table(const std::string& study, const Readers& readers) {
  Table table{"reader_counts", study, fmt::format("How often each score was given, reader study {}", study), "Reader"};
  for (int score = kHighestScore; score >= kLowestScore; --score)
    table.columns.push_back({fmt::format("score_{}", score), fmt::format("{}", score)});
  for (const auto* reader : readers) {
    Row row{reader->reader, {}, 0};
    for (int score = kHighestScore; score >= kLowestScore; --score) {
      const auto count = std::count_if(reader->cases.begin(), reader->cases.end(), [&](const auto& x) { return x.score == score; });
      row.cells.push_back({static_cast<double>(count)});
    }
    table.rows.push_back(std::move(row));
  }
  return table;
}

const std::vector<TableColumn> kAgreementColumns = {
    {"n", "Cases", 0}, {"exact", "Exact"}, {"kappa", "κ"}, {"kappa_linear", "κ linear"}, {"kappa_quadratic", "κ quadratic"}};
constexpr std::int64_t kMeasures = 4; // all but the number of cases

/// Categories from 0 of the cases, of each reader: [readers][cases].
std::vector<std::vector<std::int8_t>> categories(const Readers& readers, const std::vector<std::size_t>& cases) {
  std::vector<std::vector<std::int8_t>> of_readers;
  for (const auto* reader : readers) {
    auto& labels = of_readers.emplace_back();
    for (const auto i : cases) labels.push_back(static_cast<std::int8_t>(reader->cases[i].score - kLowestScore));
  }
  return of_readers;
}

/// Means over all pairs of readers, of the cases that all of them scored.
Row agreement_row(const std::string& label, const Readers& readers, const BootstrapOptions& options) {
  const auto cases = common_cases(readers);
  const auto all = categories(readers, cases);
  auto drawn = all;
  const auto measures = [&](std::span<const std::int64_t> indices, std::span<double> out) {
    for (std::size_t r = 0; r < all.size(); ++r)
      std::transform(indices.begin(), indices.end(), drawn[r].begin(), [&](auto i) { return all[r][static_cast<std::size_t>(i)]; });
    std::fill(out.begin(), out.end(), 0);
    const auto pairs = static_cast<double>(drawn.size() * (drawn.size() - 1)) / 2;
    constexpr int kCategories = kHighestScore - kLowestScore + 1;
    for (std::size_t a = 0; a < drawn.size(); ++a) {
      for (std::size_t b = a + 1; b < drawn.size(); ++b) {
        out[0] += exact_agreement(drawn[a], drawn[b]) / pairs;
        out[1] += cohen_kappa(drawn[a], drawn[b], kCategories, KappaWeights::kNone) / pairs;
        out[2] += cohen_kappa(drawn[a], drawn[b], kCategories, KappaWeights::kLinear) / pairs;
        out[3] += cohen_kappa(drawn[a], drawn[b], kCategories, KappaWeights::kQuadratic) / pairs;
      }
    }
  };
  Row row{label, {{static_cast<double>(cases.size())}}};
  const auto cells = estimates(std::ssize(cases), kMeasures, measures, options);
  row.cells.insert(row.cells.end(), cells.begin(), cells.end());
  return row;
}

Table agreement_table(const std::string& study, const Readers& readers, const BootstrapOptions& options) {
  Table table{"reader_agreement", study, fmt::format("Agreement of the readers, reader study {}", study), "Readers",
              kAgreementColumns};
  for (std::size_t a = 0; a < readers.size(); ++a) {
    for (std::size_t b = a + 1; b < readers.size(); ++b)
      table.rows.push_back(
          agreement_row(fmt::format("{} – {}", readers[a]->reader, readers[b]->reader), {readers[a], readers[b]}, options));
  }
  if (readers.size() > 2) table.rows.push_back(agreement_row("Mean over pairs", readers, options));
  table.notes = {
      "κ: Cohen's kappa, agreement beyond chance, where all disagreements count alike; linear and quadratic: by their steps "
      "and the steps' squares. It does not exist where both readers gave one and the same score throughout.",
      fmt::format("Of the cases that all of a row's readers scored. Intervals: percentile bootstrap over cases, {} resamples, "
                  "seed {}; resamples in which a kappa does not exist are left out.",
                  options.resamples, options.seed)};
  return table;
}

} // namespace

std::vector<Table> reader_study_tables(const std::string& study, const std::vector<ReaderScores>& readers,
                                       const Published& published, const BootstrapOptions& options) {
  Readers all;
  for (const auto& reader : readers) all.push_back(&reader);
  std::vector<Table> tables = {score_table(study, all, published, options), count_table(study, all)};
  if (all.size() > 1) tables.push_back(agreement_table(study, all, options));
  return tables;
}

} // namespace cxr
