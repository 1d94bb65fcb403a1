#include "analysis/toml_section.h"

#include "core/error.h"

namespace cxr {
namespace fs = std::filesystem;

TomlSection::TomlSection(const fs::path& file, std::string place, const toml::table& table, const std::vector<std::string>& keys)
    : file_(file), place_(std::move(place)), table_(table) {
  for (const auto& [key, value] : table) {
    if (std::find(keys.begin(), keys.end(), key.str()) == keys.end())
      refuse(std::string(key.str()), fmt::format("{}", fmt::join(keys, ", ")), "an unknown key");
  }
}

std::string TomlSection::text(const std::string& key) const {
  const auto* node = table_.get(key);
  if (!node) refuse(key, "a string", "no such key");
  const auto value = node->value<std::string>();
  if (!value || value->empty()) refuse(key, "a string that is not empty", value ? "an empty one" : toml_type(*node));
  return *value;
}

std::string TomlSection::text_or_empty(const std::string& key) const {
  const auto* node = table_.get(key);
  if (!node) return "";
  const auto* text = node->as_string();
  if (!text) refuse(key, "a string", toml_type(*node));
  return text->get();
}

bool TomlSection::flag_or(const std::string& key, bool fallback) const {
  const auto* node = table_.get(key);
  if (!node) return fallback;
  const auto* flag = node->as_boolean();
  if (!flag) refuse(key, "true or false", toml_type(*node));
  return flag->get();
}

fs::path TomlSection::path(const std::string& key) const { return existing(key, text(key)); }

std::vector<fs::path> TomlSection::paths_if_given(const std::string& key) const {
  const auto* list = table_.get_as<toml::array>(key);
  if (!list) return table_.contains(key) ? std::vector{path(key)} : std::vector<fs::path>();
  std::vector<fs::path> paths;
  for (const auto& node : *list) {
    const auto name = node.value<std::string>();
    if (!name || name->empty()) refuse(key, "paths", name ? "an empty one" : toml_type(node));
    paths.push_back(existing(key, *name));
  }
  return paths;
}

void TomlSection::refuse(const std::string& key, const std::string& expected, const std::string& found) const {
  throw InputError(file_.string(), fmt::format("{}, {}", place_, key), expected, found);
}

fs::path TomlSection::existing(const std::string& key, const std::string& name) const {
  auto path = file_.parent_path() / name;
  if (!fs::exists(path)) refuse(key, "a file or folder", fmt::format("no {}", path.string()));
  return path;
}

} // namespace cxr
