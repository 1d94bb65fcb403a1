#include "core/toml_file.h"

#include <sstream>

#include <fmt/format.h>

#include "core/error.h"

namespace cxr {
namespace fs = std::filesystem;
namespace {

void flatten_into(std::map<std::string, std::string>& flat, const toml::table& table, const std::string& prefix) {
  for (const auto& [key, node] : table) {
    const auto name = prefix + std::string(key.str());
    if (const auto* inner = node.as_table()) {
      flatten_into(flat, *inner, name + ".");
    } else if (const auto* text = node.as_string()) {
      flat[name] = toml_string(text->get());
    } else if (const auto* number = node.as_floating_point()) {
      flat[name] = fmt::format("{}", number->get()); // 0.9, where toml++ writes all 17 digits
    } else {
      std::ostringstream stream;
      node.visit([&](const auto& value) { stream << value; });
      flat[name] = stream.str();
    }
  }
}

} // namespace

toml::table read_toml(const fs::path& path) {
  if (!fs::is_regular_file(path))
    throw InputError(path.string(), "", "a TOML file", fs::exists(path) ? "no regular file" : "no such file");
  try {
    return toml::parse_file(path.string());
  } catch (const toml::parse_error& error) {
    const auto& at = error.source().begin;
    throw InputError(path.string(), fmt::format("line {}, column {}", at.line, at.column), "TOML", error.description());
  }
}

toml::table configuration_table(const fs::path& path) {
  auto table = read_toml(path);
  const auto* configuration = table["configuration"].as_table();
  if (table["format"].value_or(std::string()) != "cxr-run" || !configuration) return table;
  auto options = *configuration;
  options.erase("inputs");
  return options;
}

std::map<std::string, std::string> flatten(const toml::table& table) {
  std::map<std::string, std::string> flat;
  flatten_into(flat, table, "");
  return flat;
}

std::string toml_string(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      quoted += '\\';
      quoted += c;
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      quoted += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    } else {
      quoted += c;
    }
  }
  return quoted + '"';
}

std::string toml_scalar(const toml::node& node) {
  if (node.is_boolean()) return *node.value<bool>() ? "true" : "false";
  if (node.is_integer()) return fmt::format("{}", *node.value<std::int64_t>());
  if (node.is_floating_point()) return fmt::format("{}", *node.value<double>());
  return node.value<std::string>().value_or("");
}

std::string toml_type(const toml::node& node) {
  switch (node.type()) {
    case toml::node_type::table:
      return "a table";
    case toml::node_type::array:
      return "an array";
    case toml::node_type::string:
      return "a string";
    case toml::node_type::integer:
      return "an integer";
    case toml::node_type::floating_point:
      return "a number";
    case toml::node_type::boolean:
      return "true or false";
    case toml::node_type::none:
      return "nothing";
    default:
      return "a date or time";
  }
}

} // namespace cxr
