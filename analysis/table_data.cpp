// The formats that programs read: CSV and JSON.
#include <cmath>

#include "analysis/table_formats.h"
#include "io/csv.h"

namespace cxr {
namespace {

std::string csv_number(double value) { return std::isnan(value) ? "" : fmt::format("{}", value); }

// JSON has no infinity; its usual spelling is a null too.
nlohmann::ordered_json json_number(double value) {
  return std::isfinite(value) ? nlohmann::ordered_json(value) : nlohmann::ordered_json(nullptr);
}

double published_or_nan(const Cell& cell) { return cell.published.value_or(std::numeric_limits<double>::quiet_NaN()); }

} // namespace

std::string csv(std::span<const Table> tables) {
  std::string text = "table,arm,row,column,value,low,high,published\n";
  for (const auto& table : tables) {
    for (const auto& row : table.rows) {
      for (std::size_t i = 0; i < row.cells.size(); ++i) {
        const auto& cell = row.cells[i];
        text += fmt::format("{},{},{},{},{},{},{},{}\n", table.id, csv_field(table.arm), csv_field(row.label),
                            csv_field(table.columns[i].key), csv_number(cell.value), csv_number(cell.interval.low),
                            csv_number(cell.interval.high), csv_number(published_or_nan(cell)));
      }
    }
  }
  return text;
}

nlohmann::ordered_json json(std::span<const Table> tables) {
  auto list = nlohmann::ordered_json::array();
  for (const auto& table : tables) {
    auto numbers = nlohmann::ordered_json::array();
    for (const auto& row : table.rows) {
      for (std::size_t i = 0; i < row.cells.size(); ++i) {
        const auto& cell = row.cells[i];
        numbers.push_back({{"row", row.label},
                           {"column", table.columns[i].key},
                           {"value", json_number(cell.value)},
                           {"low", json_number(cell.interval.low)},
                           {"high", json_number(cell.interval.high)},
                           {"published", json_number(published_or_nan(cell))}});
      }
    }
    list.push_back({{"id", table.id}, {"arm", table.arm}, {"title", table.title}, {"notes", table.notes}, {"numbers", numbers}});
  }
  return {{"tables", list}};
}

} // namespace cxr
