#include <cmath>

#include "analysis/table_formats.h"

namespace cxr {
namespace {

std::string number(double value, int decimals, const std::string& none) {
  if (std::isnan(value)) return none;
  if (std::isinf(value)) return value > 0 ? "∞" : "-∞";
  const auto text = fmt::format("{:.{}f}", value, decimals);
  const bool is_zero = text.find_first_of("123456789") == std::string::npos;
  return is_zero && text[0] == '-' ? text.substr(1) : text; // no "-0.000"
}

std::string interval(const Interval& ends, int decimals) {
  if (std::isnan(ends.low) || std::isnan(ends.high)) return "—";
  return fmt::format("[{}, {}]", number(ends.low, decimals, ""), number(ends.high, decimals, ""));
}

} // namespace

std::vector<std::vector<std::string>> lines_of_row(const Row& row, std::span<const TableColumn> columns) {
  const bool has_published =
      std::any_of(row.cells.begin(), row.cells.end(), [](const Cell& cell) { return cell.published.has_value(); });
  std::vector<std::vector<std::string>> lines = {{row.label, "this study"}, {"", "95 % interval"}};
  if (has_published) lines.push_back({"", "published"});
  for (std::size_t i = 0; i < row.cells.size(); ++i) {
    const auto& cell = row.cells[i];
    const int decimals = columns[i].decimals.value_or(row.decimals);
    lines[0].push_back(number(cell.value, decimals, row.none));
    lines[1].push_back(interval(cell.interval, decimals));
    if (has_published) lines[2].push_back(cell.published ? number(*cell.published, decimals, row.none) : row.none);
  }
  return lines;
}

} // namespace cxr
