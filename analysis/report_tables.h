/// @file
/// A study's tables as HTML.
#pragma once

#include <string>

#include "analysis/table.h"

namespace cxr {

/// A `table` in a wrapper that scrolls sideways, with its notes below: of each number its interval below it and, in the columns
/// that have any, the published value beside it.
std::string table_html(const Table& table);

} // namespace cxr
