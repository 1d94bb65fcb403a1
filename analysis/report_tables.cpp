#include "analysis/report_tables.h"

#include <cmath>

#include "analysis/html.h"
#include "analysis/table_formats.h"

namespace cxr {
namespace {

enum Line : std::size_t { kValues, kIntervals, kPublished }; // of lines_of_row()
constexpr std::size_t kBeforeCells = 2;                      // its label and what the line holds

/// Whether the published values of a column have one of their own beside it.
std::vector<bool> published_columns(const Table& table) {
  std::vector<bool> published(table.columns.size());
  for (const auto& row : table.rows) {
    for (std::size_t c = 0; c < row.cells.size(); ++c) published[c] = published[c] || row.cells[c].published.has_value();
  }
  return published;
}

std::string head_html(const Table& table, const std::vector<bool>& published) {
  const bool two_lines = std::ranges::find(published, true) != published.end();
  const auto* tall = two_lines ? " rowspan=\"2\"" : "";
  auto first = fmt::format("<tr><th scope=\"col\"{}>{}</th>", tall, html_escape(table.row_header));
  std::string second;
  for (std::size_t c = 0; c < published.size(); ++c) {
    const auto heading = html_escape(table.columns[c].heading);
    if (published[c]) {
      first += fmt::format("<th scope=\"colgroup\" colspan=\"2\" class=\"pair\">{}</th>", heading);
      second += "<th scope=\"col\" class=\"own\">this study</th><th scope=\"col\" class=\"published\">paper</th>";
    } else {
      first += fmt::format("<th scope=\"col\"{}>{}</th>", tall, heading);
    }
  }
  return fmt::format("<thead>{}</tr>{}</thead>", first, two_lines ? fmt::format("<tr>{}</tr>", second) : "");
}

std::string row_html(const Row& row, const std::vector<TableColumn>& columns, const std::vector<bool>& published) {
  const auto lines = lines_of_row(row, columns);
  auto html = fmt::format("<tr><th scope=\"row\">{}</th>", html_escape(row.label));
  for (std::size_t c = 0; c < row.cells.size(); ++c) {
    const auto& ends = row.cells[c].interval;
    const bool has_interval = !std::isnan(ends.low) && !std::isnan(ends.high);
    html += fmt::format("<td{}>{}{}</td>", published[c] ? " class=\"own\"" : "", html_escape(lines[kValues][c + kBeforeCells]),
                        has_interval ? fmt::format("<small>{}</small>", html_escape(lines[kIntervals][c + kBeforeCells])) : "");
    if (published[c]) {
      html += fmt::format("<td class=\"published\">{}</td>",
                          row.cells[c].published ? html_escape(lines[kPublished][c + kBeforeCells]) : "—");
    }
  }
  return html + "</tr>\n";
}

} // namespace

std::string table_html(const Table& table) {
  const auto published = published_columns(table);
  const auto pairs = std::ranges::count(published, true);
  std::string rows;
  for (const auto& row : table.rows) rows += row_html(row, table.columns, published);
  std::string notes;
  for (const auto& note : table.notes) notes += fmt::format("<li>{}</li>\n", html_escape(note));
  return fmt::format(
      "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"{}\"><table class=\"numbers{}\">\n"
      "<caption><span>This study’s values{}, with 95 % intervals in brackets{}</span></caption>\n"
      "{}\n<tbody>\n{}</tbody></table></div>\n<ul class=\"notes\">\n{}</ul>\n",
      html_escape(table.title), std::ssize(table.columns) + pairs > 8 ? " wide" : "", pairs > 0 ? " beside the paper’s" : "",
      pairs > 0 ? "; the paper’s are in italics" : "", head_html(table, published), rows, notes);
}

} // namespace cxr
