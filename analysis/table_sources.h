/// @file
/// Which runs and files the numbers of a table come from.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "analysis/study.h"
#include "analysis/table.h"

namespace cxr {

struct TableSource {
  std::string whose; ///< the arm, encoder or method: a row's label, or a column's heading
  std::vector<std::filesystem::path> paths;
};

/// Of a table that study_tables() made of the study. @throws InputError for a file that is not what it should be
std::vector<TableSource> table_sources(const Study& study, const Table& table);

} // namespace cxr
