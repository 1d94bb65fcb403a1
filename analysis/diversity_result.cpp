#include "analysis/diversity_result.h"

#include "analysis/json_cells.h"

namespace cxr {
namespace {

/// One an image; none in a file without training images.
std::vector<nlohmann::json> nearest_entries(const JsonFile& file) {
  if (!file.has("nearest")) return {};
  const auto& list = file.root().at("nearest");
  if (!list.is_array()) file.refuse("nearest", "a list, an entry an image", list.type_name());
  return list.get<std::vector<nlohmann::json>>();
}

template <typename T>
T entry_field(const JsonFile& file, const nlohmann::json& entry, const char* field, const char* kind) {
  if (!entry.is_object() || !entry.contains(field)) file.refuse(fmt::format("nearest, {}", field), kind, "none");
  try {
    return entry.at(field).get<T>();
  } catch (const nlohmann::json::type_error&) {
    file.refuse(fmt::format("nearest, {}", field), kind, entry.at(field).type_name());
  }
}

} // namespace

DiversityResult::DiversityResult(const std::filesystem::path& path) : file_(path) {
  if (!file_.has("ms_ssim") || !file_.root().at("ms_ssim").is_object())
    file_.refuse("ms_ssim", "the pairs' similarity, as cxr diversity --json prints", "none");
}

std::string DiversityResult::prompt() const {
  if (!file_.has("prompt")) file_.refuse("prompt", "the prompt of the images, as cxr diversity --prompt writes it", "none");
  return file_.require<std::string>("prompt");
}

Cell DiversityResult::ms_ssim() const { return mean_field(file_, "ms_ssim"); }

DiversityResult::Nearest DiversityResult::summary(const std::string& field) const {
  if (!file_.has(field)) return {};
  const auto of_field = file_.object(field);
  return {.mean = mean_field(file_, field),
          .smallest = {.value = number_field(of_field, "min")},
          .closer = {.value = number_field(of_field, "closer"), .interval = interval_field(of_field, "closer_interval")}};
}

std::optional<DiversityResult::Pair> DiversityResult::nearest_pair() const {
  std::optional<Pair> nearest;
  for (const auto& entry : nearest_entries(file_)) {
    const auto distance = entry_field<double>(file_, entry, "distance", "a number");
    if (nearest && nearest->distance <= distance) continue;
    nearest = {entry_field<std::string>(file_, entry, "id", "an id"),
               entry_field<std::string>(file_, entry, "nearest_id", "a training image's id"), distance};
  }
  return nearest;
}

void DiversityResult::require_of(const ImageSet& images) const { require_images(file_, "images", images); }

} // namespace cxr
