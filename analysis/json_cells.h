/// @file
/// Numbers and intervals from the JSON files that commands wrote. What is absent or null is NaN; what is no number is an
/// InputError.
#pragma once

#include "analysis/table.h"
#include "io/json.h"

namespace cxr {

double number_field(const JsonFile& object, const std::string& field);
/// [low, high].
Interval interval_field(const JsonFile& object, const std::string& field);
/// {"mean": m, "interval": [low, high]}.
Cell mean_field(const JsonFile& object, const std::string& field);

} // namespace cxr
