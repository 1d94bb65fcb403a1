#include "analysis/table_formats.h"
#include "core/utf8.h"

namespace cxr {
namespace {

// How many columns of a terminal the text takes: its code points, all of which are one wide here.
std::size_t display_width(const std::string& text) { return static_cast<std::size_t>(count_code_points(text)); }

std::string padded(const std::string& text, std::size_t width, bool to_the_right) {
  const std::string space(width - std::min(width, display_width(text)), ' ');
  return to_the_right ? space + text : text + space;
}

// A bar would end the cell.
std::string escaped(const std::string& text) {
  std::string result;
  for (char c : text) result += c == '|' ? std::string("\\|") : std::string(1, c);
  return result;
}

std::vector<std::vector<std::string>> all_lines(const Table& table) {
  std::vector<std::vector<std::string>> lines = {{table.row_header, ""}};
  for (const auto& column : table.columns) lines[0].push_back(column.heading);
  for (const auto& row : table.rows) {
    for (auto& line : lines_of_row(row, table.columns)) lines.push_back(std::move(line));
  }
  for (auto& line : lines) {
    for (auto& text : line) text = escaped(text);
  }
  return lines;
}

constexpr std::size_t kLabelColumns = 2; // left-aligned; numbers follow

std::string markdown_table(const Table& table) {
  const auto lines = all_lines(table);
  std::vector<std::size_t> widths(lines[0].size(), 3);
  for (const auto& line : lines) {
    for (std::size_t i = 0; i < line.size(); ++i) widths[i] = std::max(widths[i], display_width(line[i]));
  }
  auto text = fmt::format("### {}\n\n", table.title);
  for (std::size_t l = 0; l < lines.size(); ++l) {
    for (std::size_t i = 0; i < widths.size(); ++i)
      text += fmt::format("| {} ", padded(lines[l][i], widths[i], i >= kLabelColumns));
    text += "|\n";
    if (l > 0) continue;
    for (std::size_t i = 0; i < widths.size(); ++i) {
      const std::string dashes(widths[i] + 1, '-');
      text += i < kLabelColumns ? fmt::format("|:{}", dashes) : fmt::format("|{}:", dashes);
    }
    text += "|\n";
  }
  text += "\n";
  for (const auto& note : table.notes) text += fmt::format("- {}\n", note);
  return text;
}

} // namespace

std::string markdown(std::span<const Table> tables) {
  std::string text;
  for (const auto& table : tables) text += fmt::format("{}{}", text.empty() ? "" : "\n", markdown_table(table));
  return text;
}

} // namespace cxr
