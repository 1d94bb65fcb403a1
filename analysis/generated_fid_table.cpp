#include <cmath>
#include <set>

#include "analysis/generated_tables.h"
#include "analysis/paper_methods.h"
#include "analysis/rank_order.h"

namespace cxr {
namespace {

constexpr std::int64_t kPublishedTap = 2048;

/// What one prompt's distances rest on, for a note: usually the same for all methods.
std::string prompt_note(const GenerationResults& results, std::size_t p, NoteDetail detail) {
  std::set<std::string> sets;
  for (const auto& method : results.methods) {
    if (const auto& fid = method.prompts[p].inception)
      sets.insert(fmt::format("{} generated images beside {}", fid->generated_images(), fid->real_images(detail)));
  }
  const auto& prompt = results.generation.prompts[p];
  return fmt::format("Prompt \"{}\" ({}): {}.", prompt.text, prompt.key,
                     sets.empty() ? "no distances" : fmt::format("{}", fmt::join(sets, "; ")));
}

Row distances(const MethodResults& method, const std::vector<std::int64_t>& taps) {
  Row row{method.name, {}};
  for (const auto tap : taps) {
    for (const auto& prompt : method.prompts) row.cells.push_back(prompt.inception ? prompt.inception->distance(tap) : Cell{});
  }
  return row;
}

bool has_distances(const MethodResults& method) {
  return std::any_of(method.prompts.begin(), method.prompts.end(), [](const auto& prompt) { return prompt.inception.has_value(); });
}

/// The table's rows that have both a distance of their own and a published one in the column.
std::vector<Row*> comparable_rows(Table& table, std::size_t column) {
  std::vector<Row*> rows;
  for (auto& row : table.rows) {
    if (const auto& cell = row.cells[column]; cell.published && std::isfinite(cell.value)) rows.push_back(&row);
  }
  return rows;
}

/// A column with the ranks of a column's distances here and in the paper. @return how well they agree, for a note; empty if there
/// are not two methods to compare
std::string add_ranks(Table& table, std::size_t column, const std::string& prompt) {
  std::vector<double> here, in_the_paper;
  const auto rows = comparable_rows(table, column);
  for (const auto* row : rows) {
    here.push_back(row->cells[column].value);
    in_the_paper.push_back(*row->cells[column].published);
  }
  if (rows.size() < 2) return "";
  table.columns.push_back({fmt::format("rank_{}", prompt), fmt::format("Rank, {}", prompt), 0});
  for (auto& row : table.rows) row.cells.emplace_back();
  const auto ranks_here = mid_ranks(here), ranks_in_the_paper = mid_ranks(in_the_paper);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    rows[i]->cells.back().value = ranks_here[i];
    rows[i]->cells.back().published = ranks_in_the_paper[i];
  }
  return fmt::format("{:.2f} over {} methods ({})", spearman(here, in_the_paper), rows.size(), prompt);
}

void compare_with_paper(Table& table, const GenerationResults& results, const Published& published) {
  const auto& prompts = results.generation.prompts;
  for (auto& row : table.rows) {
    for (std::size_t p = 0; p < prompts.size(); ++p)
      row.cells[p].published = published.table("table4_fid", row.label, table4_column(prompts[p].key));
  }
  if (!add_published_note(table, published, "3.4")) return;
  std::vector<std::string> agreements;
  for (std::size_t p = 0; p < prompts.size(); ++p) {
    if (auto agreement = add_ranks(table, p, prompts[p].key); !agreement.empty()) agreements.push_back(std::move(agreement));
  }
  table.notes.emplace_back(
      "The paper's distances are far below the usual scale and it does not say how it scaled them: ranks compare, values do not.");
  if (!agreements.empty()) {
    table.notes.push_back(
        fmt::format("Ranks: 1 is the smallest distance, among the methods here that the paper has too. Spearman's correlation with "
                    "the paper's ranks: {}.",
                    fmt::join(agreements, ", ")));
  }
}

Table distance_table(const GenerationResults& results, const std::string& id, const std::string& title,
                     const std::vector<std::int64_t>& taps, bool with_taps, NoteDetail detail) {
  Table table{id, "generated images", title, "Method", {}, {}, {}};
  for (const auto tap : taps) {
    for (const auto& prompt : results.generation.prompts) {
      table.columns.push_back(with_taps ? TableColumn{fmt::format("{}_{}", tap, prompt.key), fmt::format("{}, {}", tap, prompt.key)}
                                        : TableColumn{prompt.key, fmt::format("FID, {}", prompt.key)});
    }
  }
  for (const auto& method : results.methods) {
    if (has_distances(method)) table.rows.push_back(distances(method, taps));
  }
  for (std::size_t p = 0; p < results.generation.prompts.size(); ++p) table.notes.push_back(prompt_note(results, p, detail));
  return table;
}

std::vector<std::string> common_notes(const GenerationResults& results) {
  auto notes = results.notes();
  notes.emplace_back(
      "Fewer images have larger distances: only those of equal numbers compare. Intervals: as cxr fid computed them, by leaving "
      "out parts of both sets; they are of the distance between sets of this size.");
  if (results.has_random_inception()) notes.emplace_back(kRandomInceptionNote);
  return notes;
}

} // namespace

std::vector<Table> generated_fid_tables(const GenerationResults& results, const Published& published, NoteDetail detail) {
  auto taps = results.inception_taps();
  if (taps.empty()) return {};
  const auto last = taps.back();
  auto table =
      distance_table(results, "table4", fmt::format("Table 4. Fréchet inception distance of generated images, {} features", last),
                     {last}, false, detail);
  if (results.compares_with_paper() && last == kPublishedTap) compare_with_paper(table, results, published);
  std::vector<Table> tables = {std::move(table)};
  taps.pop_back();
  if (!taps.empty()) {
    tables.push_back(distance_table(results, "table4_taps", "Fréchet inception distance of generated images at earlier layers",
                                    taps, true, detail));
  }
  for (auto& each : tables) {
    const auto notes = common_notes(results);
    each.notes.insert(each.notes.end(), notes.begin(), notes.end());
  }
  return tables;
}

} // namespace cxr
