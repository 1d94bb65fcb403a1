#include "analysis/json_cells.h"

namespace cxr {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

} // namespace

double number_field(const JsonFile& object, const std::string& field) { return object.get_or(field, kNone); }

Interval interval_field(const JsonFile& object, const std::string& field) {
  if (!object.has(field)) return {kNone, kNone};
  const auto& ends = object.root().at(field);
  const auto is_end = [](const auto& end) { return end.is_number() || end.is_null(); };
  if (!ends.is_array() || ends.size() != 2 || !std::all_of(ends.begin(), ends.end(), is_end))
    object.refuse(field, "[low, high]", ends.is_array() ? fmt::format("a list of {}", ends.size()) : ends.type_name());
  const auto end = [](const nlohmann::json& value) { return value.is_null() ? kNone : value.get<double>(); };
  return {end(ends[0]), end(ends[1])};
}

Cell mean_field(const JsonFile& object, const std::string& field) {
  if (!object.has(field)) return {};
  const auto of_field = object.object(field);
  return {number_field(of_field, "mean"), interval_field(of_field, "interval"), std::nullopt};
}

void require_images(const JsonFile& object, const std::string& field, const ImageSet& images) {
  const auto measured = object.has(field) ? object.object(field).get_or<std::string>("identity", "") : std::string();
  if (!measured.empty() && measured != images.identity())
    object.refuse(field + ".identity", fmt::format("{}, as of {}", images.identity(), images.path().string()), measured);
}

} // namespace cxr
