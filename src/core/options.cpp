#include "core/options.h"

#include <algorithm>
#include <charconv>
#include <numeric>
#include <set>
#include <string_view>
#include <utility>

#include <fmt/ranges.h>
#include <toml++/toml.h>

#include "core/error.h"
#include "core/toml_file.h"
#include "core/utf8.h"

namespace cxr {
namespace {

enum class Kind { kFlag, kInteger, kReal, kText };

// CLI11 names types "INT", "FLOAT:FLOAT in [0 - 1]", …: a type, then validators.
Kind kind_of(const CLI::Option& option) {
  if (option.get_items_expected_max() == 0) return Kind::kFlag;
  const auto type = option.get_type_name();
  const auto name = std::string_view(type).substr(0, type.find_first_of(": "));
  if (name == "INT" || name == "UINT") return Kind::kInteger;
  return name == "FLOAT" ? Kind::kReal : Kind::kText;
}

// One spelling a value: "0.50" and "5e-1" are the same number.
std::string toml_value(Kind kind, const std::string& text) {
  const auto* end = text.data() + text.size();
  if (kind == Kind::kFlag) return text == "false" || text == "0" ? "false" : "true";
  if (kind == Kind::kInteger) {
    std::int64_t value = 0;
    if (std::from_chars(text.data(), end, value).ptr == end) return fmt::format("{}", value);
  }
  if (kind == Kind::kReal) {
    double value = 0;
    if (std::from_chars(text.data(), end, value).ptr == end) return fmt::format("{}", value);
  }
  return toml_string(text);
}

bool is_list(const CLI::Option& option) { return option.get_items_expected_max() > 1; }

// The default of a list reads "[a,b]".
std::vector<std::string> default_values(const CLI::Option& option) {
  auto text = option.get_default_str();
  if (text.empty()) return {};
  if (!is_list(option)) return {text};
  if (text.front() == '[' && text.back() == ']') text = text.substr(1, text.size() - 2);
  return CLI::detail::split(text, ',');
}

std::string line_of(const CLI::Option& option) {
  const auto key = option.get_lnames().empty() ? option.get_name() : option.get_lnames().front();
  const auto kind = kind_of(option);
  auto values = option.count() > 0 ? option.reduced_results() : default_values(option);
  if (kind == Kind::kFlag && values.empty()) values = {"false"};
  if (values.empty()) return "";
  for (auto& value : values) {
    if (!is_utf8(value)) throw InputError("--" + key, "", "UTF-8", "other bytes"); // as TOML is
    value = toml_value(kind, value);
  }
  return is_list(option) ? fmt::format("{} = [{}]\n", key, fmt::join(values, ", ")) : fmt::format("{} = {}\n", key, values.back());
}

std::string configuration(const CLI::App& app, bool with_execution) {
  std::string text;
  for (const auto* option : app.get_options()) {
    const bool of_the_program = option == app.get_help_ptr() || option == app.get_help_all_ptr() || option->check_lname("config");
    if (of_the_program || (!with_execution && option->get_group() == kExecutionGroup)) continue;
    text += line_of(*option);
  }
  return text;
}

struct Parsed {
  const CLI::App* app;      ///< the subcommand that the arguments name
  std::size_t options_from; ///< where its options begin
};

Parsed find_subcommand(const CLI::App& root, const std::vector<std::string>& args) {
  Parsed parsed{&root, 0};
  while (parsed.options_from < args.size()) {
    const auto& name = args[parsed.options_from];
    const auto found = parsed.app->get_subcommands([&](const CLI::App* app) { return app->check_name(name); });
    if (found.empty()) break;
    parsed = {found.front(), parsed.options_from + 1};
  }
  return parsed;
}

// The option that an argument ("--size=3", "-k10", "--size") names, if any.
const CLI::Option* named_option(const CLI::App& app, const std::string& arg) {
  if (arg.size() < 2 || arg[0] != '-') return nullptr;
  if (arg[1] == '-') return app.get_option_no_throw(arg.substr(0, arg.find('=')));
  return app.get_option_no_throw(arg.substr(0, 2));
}

void check_type(const std::string& file, const std::string& key, const CLI::Option& option, const toml::node& node) {
  const auto refuse = [&](const char* expected) { throw InputError(file, key, expected, toml_type(node)); };
  switch (kind_of(option)) {
    case Kind::kFlag:
      return node.is_boolean() ? void() : refuse("true or false");
    case Kind::kInteger:
      return node.is_integer() ? void() : refuse("an integer");
    case Kind::kReal:
      return node.is_number() ? void() : refuse("a number");
    case Kind::kText:
      return node.is_string() || node.is_number() ? void() : refuse("a string");
  }
}

std::vector<std::string> arguments_of(const std::string& file, const std::string& key, const CLI::Option& option,
                                      const toml::node& node) {
  std::vector<std::string> values;
  if (const auto* list = node.as_array(); list && is_list(option)) {
    for (const auto& element : *list) {
      check_type(file, key, option, element);
      values.push_back(toml_scalar(element));
    }
  } else {
    check_type(file, key, option, node);
    values.push_back(toml_scalar(node));
  }
  if (option.get_lnames().empty()) return values; // a positional
  if (values.size() == 1 && !values[0].empty()) return {fmt::format("--{}={}", key, values[0])};
  if (!values.empty()) values.insert(values.begin(), "--" + key);
  return values;
}

std::vector<std::string> option_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const auto* option : app.get_options()) {
    for (const auto& name : option->get_lnames()) {
      if (name != "help" && name != "config") names.push_back(name);
    }
  }
  return names;
}

// How many letters are put in, taken out or replaced between two words (Levenshtein 1966).
std::size_t edit_distance(const std::string& a, const std::string& b) {
  std::vector<std::size_t> row(b.size() + 1); // to the first j letters of b
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    auto diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const auto replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j - 1] + 1, row[j] + 1, replaced});
    }
  }
  return row.back();
}

[[noreturn]] void refuse_unknown(const std::string& file, const std::string& key, const CLI::App& app) {
  const auto names = option_names(app);
  const auto nearest = std::ranges::min_element(names, {}, [&](const auto& name) { return edit_distance(key, name); });
  throw InputError(file, key, fmt::format("an option of {}: {}", app.get_name(), fmt::join(names, ", ")),
                   fmt::format("none of that name{}", nearest == names.end() ? "" : "; the nearest is " + *nearest));
}

// Takes `--config FILE` or `--config=FILE` out of the arguments from `first` on; empty if there is none.
std::string take_config(std::vector<std::string>& args, std::size_t first) {
  constexpr std::string_view kOption = "--config";
  for (auto arg = args.begin() + static_cast<std::ptrdiff_t>(first); arg != args.end(); ++arg) {
    if (arg->starts_with("--config=")) {
      auto file = arg->substr(kOption.size() + 1);
      args.erase(arg);
      return file;
    }
    if (*arg == kOption) {
      if (arg + 1 == args.end()) throw InputError("--config", "", "a file", "nothing");
      auto file = arg[1];
      args.erase(arg, arg + 2);
      return file;
    }
  }
  return "";
}

} // namespace

std::string result_configuration(const CLI::App& app) { return configuration(app, false); }

std::string resolved_configuration(const CLI::App& app) { return configuration(app, true); }

std::vector<std::string> expand_config(const CLI::App& root, const std::vector<std::string>& args) {
  auto expanded = args;
  const auto [app, first] = find_subcommand(root, args);
  const auto file = take_config(expanded, first);
  if (file.empty()) return expanded;
  std::set<const CLI::Option*> given;
  for (std::size_t i = first; i < expanded.size() && expanded[i] != "--"; ++i) given.insert(named_option(*app, expanded[i]));
  std::vector<std::string> added;
  for (const auto& [key, node] : configuration_table(file)) {
    const std::string name(key.str());
    const auto* option = app->get_option_no_throw("--" + name);
    if (!option) option = app->get_option_no_throw(name);
    if (!option || name == "config" || name == "help") refuse_unknown(file, name, *app);
    if (given.contains(option)) continue;
    auto arguments = arguments_of(file, name, *option, node);
    added.insert(added.end(), arguments.begin(), arguments.end());
  }
  // Behind the subcommand's name and before what was typed, so that a list in the file never swallows typed positionals.
  expanded.insert(expanded.begin() + static_cast<std::ptrdiff_t>(first), added.begin(), added.end());
  return expanded;
}

} // namespace cxr
