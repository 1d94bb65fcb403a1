/// @file
/// What tests ask of a study's tables.
#pragma once

#include <gtest/gtest.h>

#include "analysis/commands.h"
#include "analysis/table.h"
#include "core/error.h"
#include "io/csv.h"

namespace cxr::test {

/// The cell of a row, by its label, and a column, by its key; the table has both.
inline const Cell& cell(const Table& table, const std::string& row, const std::string& column) {
  const auto r = std::find_if(table.rows.begin(), table.rows.end(), [&](const Row& x) { return x.label == row; });
  const auto c = std::find_if(table.columns.begin(), table.columns.end(), [&](const TableColumn& x) { return x.key == column; });
  return r->cells.at(static_cast<std::size_t>(c - table.columns.begin()));
}

/// What `cxr tables STUDY --format csv` prints with 20 resamples.
inline CsvTable printed_tables(const std::filesystem::path& study) {
  CLI::App root;
  const auto command = tables_command(root);
  root.parse(fmt::format("tables {} --format csv --resamples 20", study.string()));
  testing::internal::CaptureStdout();
  EXPECT_EQ(command.run(), kDone);
  return CsvTable::parse(testing::internal::GetCapturedStdout(), "stdout");
}

} // namespace cxr::test
