#include <cmath>

#include "analysis/generated_tables.h"

namespace cxr {
namespace {

enum ColumnNumber : std::size_t {
  kKid,
  kPrecision,
  kRecall,
  kXrvFid,
  kMsSsim,
  kNearest,
  kSmallest,
  kCloser,
  kNearestByFeatures,
  kCloserByFeatures
};

const std::vector<TableColumn> kMeasureColumns = {{"kid", "KID", 4},
                                                  {"precision", "Precision"},
                                                  {"recall", "Recall"},
                                                  {"xrv_fid", "XRV-FID"},
                                                  {"ms_ssim", "MS-SSIM"},
                                                  {"nearest", "Nearest", 2},
                                                  {"nearest_min", "Smallest", 2},
                                                  {"closer", "Closer"},
                                                  {"nearest_features", "Nearest, XRV"},
                                                  {"closer_features", "Closer, XRV"}};

/// The measures of a method's images of a prompt, in the order of kMeasureColumns. @param tap the count of Inception's features
std::vector<Cell> measures(const PromptResults& results, std::int64_t tap) {
  std::vector<Cell> cells(kMeasureColumns.size());
  if (const auto& fid = results.inception) {
    cells[kKid] = fid->kid(tap);
    cells[kPrecision] = fid->precision(tap);
    cells[kRecall] = fid->recall(tap);
  }
  if (const auto& fid = results.densenet) cells[kXrvFid] = fid->distance(fid->taps().back());
  if (const auto& diversity = results.diversity) {
    const auto by_pixels = diversity->nearest(), by_features = diversity->nearest_by_features();
    cells[kMsSsim] = diversity->ms_ssim();
    cells[kNearest] = by_pixels.mean;
    cells[kSmallest] = by_pixels.smallest;
    cells[kCloser] = by_pixels.closer;
    cells[kNearestByFeatures] = by_features.mean;
    cells[kCloserByFeatures] = by_features.closer;
  }
  return cells;
}

/// Without the columns that no row has a number in.
void drop_empty_columns(Table& table) {
  for (std::size_t c = table.columns.size(); c-- > 0;) {
    const auto lacks = [&](const Row& row) { return std::isnan(row.cells[c].value); };
    if (!std::all_of(table.rows.begin(), table.rows.end(), lacks)) continue;
    table.columns.erase(table.columns.begin() + static_cast<std::ptrdiff_t>(c));
    for (auto& row : table.rows) row.cells.erase(row.cells.begin() + static_cast<std::ptrdiff_t>(c));
  }
}

/// The generated and the training image that are nearest to each other, which a reader would look at first.
std::string memorisation_note(const GenerationResults& results, std::size_t p) {
  std::vector<std::string> pairs;
  for (const auto& method : results.methods) {
    const auto& diversity = method.prompts[p].diversity;
    const auto pair = diversity ? diversity->nearest_pair() : std::nullopt;
    if (pair) pairs.push_back(fmt::format("{} and {} ({}, {:.2f})", pair->id, pair->nearest_id, method.name, pair->distance));
  }
  return pairs.empty() ? "" : fmt::format("The nearest pairs of a generated and a training image: {}.", fmt::join(pairs, "; "));
}

std::vector<std::string> table_notes(const GenerationResults& results, std::size_t p, std::int64_t tap, NoteDetail detail) {
  std::vector<std::string> notes = {
      fmt::format("Prompt: \"{}\". KID, precision and recall are of Inception's {} features, XRV-FID of the DenseNet's.",
                  results.generation.prompts[p].text, tap),
      "Precision: the share of generated images that lie where real ones do; recall: the reverse. MS-SSIM: of pairs of generated "
      "images, 1 if all are the same. The paper has none of these measures.",
      "Nearest: from each generated image to the nearest training image, in grey levels (RMSE), or by the DenseNet's features "
      "(XRV); smallest: of these, where 0 is a copy. Closer: the share of images nearer to a training image than that one's own "
      "nearest other is; about a half of new images of one distribution, far more where a model copies."};
  auto memorisation = detail == NoteDetail::kAll ? memorisation_note(results, p) : "";
  if (!memorisation.empty()) notes.push_back(std::move(memorisation));
  std::ranges::copy(results.notes(), std::back_inserter(notes));
  if (results.has_random_inception()) notes.emplace_back(kRandomInceptionNote);
  notes.emplace_back(
      "Intervals: as cxr fid and cxr diversity computed them; a smallest distance has none. — is a number that the files lack.");
  return notes;
}

Table measures_table(const GenerationResults& results, std::size_t p, std::int64_t tap, NoteDetail detail) {
  const auto& prompt = results.generation.prompts[p];
  Table table{"measures_" + prompt.key,
              "generated images",
              fmt::format("Further measures of generated images, {} prompt", prompt.key),
              "Method",
              kMeasureColumns,
              {},
              table_notes(results, p, tap, detail)};
  for (const auto& method : results.methods) {
    Row row{method.name, measures(method.prompts[p], tap)};
    const bool has_any = std::any_of(row.cells.begin(), row.cells.end(), [](const Cell& cell) { return !std::isnan(cell.value); });
    if (has_any) table.rows.push_back(std::move(row));
  }
  drop_empty_columns(table);
  return table;
}

} // namespace

std::vector<Table> generated_measures_tables(const GenerationResults& results, NoteDetail detail) {
  const auto taps = results.inception_taps();
  std::vector<Table> tables;
  for (std::size_t p = 0; p < results.generation.prompts.size(); ++p) {
    auto table = measures_table(results, p, taps.empty() ? 0 : taps.back(), detail);
    if (!table.rows.empty()) tables.push_back(std::move(table));
  }
  return tables;
}

} // namespace cxr
