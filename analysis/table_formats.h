/// @file
/// Tables as text. A number that does not exist is "—" for people (or what its row says), empty in CSV and null in JSON.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "analysis/table.h"

namespace cxr {

/// Lines of a row: this study's numbers, their 95 % intervals, and the published values where there are any. Columns are aligned,
/// so that it reads on a terminal too.
std::string markdown(std::span<const Table> tables);

/// One line a number: table,arm,row,column,value,low,high,published.
std::string csv(std::span<const Table> tables);

/// `table` environments to \input, with the rules of booktabs; wide ones are scaled by graphicx.
std::string latex(std::span<const Table> tables);

/// {"tables": [{id, arm, title, notes, numbers: [{row, column, value, low, high, published}]}]}
nlohmann::ordered_json json(std::span<const Table> tables);

/// Text with everything that LaTeX takes for a command, or its usual fonts lack, replaced by what prints it.
std::string latex_escape(std::string_view text);

/// The lines that people are shown of a row, each a text per column: label, what the line holds, then the cells.
std::vector<std::vector<std::string>> lines_of_row(const Row& row, std::span<const TableColumn> columns);

} // namespace cxr
