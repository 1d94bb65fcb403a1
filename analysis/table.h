/// @file
/// A table of estimates: each number with its interval and the published value. What tables are, whatever they are printed as.
#pragma once

#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "metrics/bootstrap.h"

namespace cxr {

/// What notes may say: all, or neither which single samples were found nor where data lie.
enum class NoteDetail { kAll, kNoIdentities };

struct Cell {
  double value = std::numeric_limits<double>::quiet_NaN(); ///< NaN: does not exist
  Interval interval = {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::quiet_NaN()};
  std::optional<double> published;
};

struct TableColumn {
  std::string key;                            ///< in CSV and JSON: "auc_orig"
  std::string heading;                        ///< for people: "AUC original"
  std::optional<int> decimals = std::nullopt; ///< that people are shown; by default those of the row
};

struct Row {
  std::string label;
  std::vector<Cell> cells; ///< one a column
  int decimals = 3;        ///< that people are shown
  std::string none = "—";  ///< what people are shown of a number that does not exist
};

struct Table {
  std::string id;  ///< "table1": what kind of table
  std::string arm; ///< whose results
  std::string title;
  std::string row_header; ///< heading of the labels
  std::vector<TableColumn> columns;
  std::vector<Row> rows;
  std::vector<std::string> notes;
};

} // namespace cxr
