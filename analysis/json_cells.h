/// @file
/// Numbers and intervals from the JSON files that commands wrote, and what they were measured on. What is absent or null is NaN;
/// what is no number is an InputError.
#pragma once

#include "analysis/table.h"
#include "data/image_set.h"
#include "io/json.h"

namespace cxr {

double number_field(const JsonFile& object, const std::string& field);
/// [low, high].
Interval interval_field(const JsonFile& object, const std::string& field);
/// {"mean": m, "interval": [low, high]}.
Cell mean_field(const JsonFile& object, const std::string& field);
/// @throws InputError where the object `field` says ("identity") that it is of other images
void require_images(const JsonFile& object, const std::string& field, const ImageSet& images);

} // namespace cxr
