#include "combinations/option_table.h"

#include <algorithm>
#include <set>

#include <fmt/ranges.h>

#include "core/error.h"
#include "core/toml_file.h"

namespace cxr::combinations {
namespace {

namespace fs = std::filesystem;

constexpr const char* kAbsent = "absent";

std::vector<std::string> words_of(const CLI::App& app) {
  std::vector<std::string> words;
  for (const auto* at = &app; at->get_parent(); at = at->get_parent()) words.insert(words.begin(), at->get_name());
  return words;
}

std::string name_of(const CLI::Option& option) {
  return option.get_lnames().empty() ? option.get_name() : option.get_lnames().front();
}

bool is_positional(const CLI::Option& option) { return option.get_lnames().empty() && option.get_snames().empty(); }

std::vector<const CLI::Option*> options_of(const CLI::App& app) {
  std::vector<const CLI::Option*> options;
  for (const auto* option : app.get_options()) {
    if (option != app.get_help_ptr()) options.push_back(option);
  }
  return options;
}

std::vector<std::string> texts_of(const toml::node& node) {
  std::vector<std::string> texts;
  if (const auto* list = node.as_array()) {
    for (const auto& element : *list) texts.push_back(toml_scalar(element));
  } else {
    texts.push_back(toml_scalar(node));
  }
  return texts;
}

Choice choice_of(const CLI::Option& option, const toml::node& node) {
  const auto texts = texts_of(node);
  Choice choice{fmt::format("{}", fmt::join(texts, ",")), {}};
  const bool is_flag = option.get_items_expected_max() == 0;
  if (choice.name == kAbsent || (is_flag && choice.name == "false")) return choice;
  if (is_positional(option)) {
    choice.arguments = texts;
  } else if (is_flag) {
    choice.arguments = {"--" + name_of(option)};
  } else if (texts.size() == 1) {
    choice.arguments = {fmt::format("--{}={}", name_of(option), texts.front())};
  } else {
    choice.arguments = texts;
    choice.arguments.insert(choice.arguments.begin(), "--" + name_of(option));
  }
  return choice;
}

Result result_of(const std::string& file, const std::string& name) {
  const std::map<std::string, Result> known = {{"training", Result::kTraining},
                                               {"results", Result::kResults},
                                               {"file", Result::kFile},
                                               {"folder", Result::kFolder},
                                               {"printed", Result::kPrinted}};
  const auto found = known.find(name);
  if (found == known.end()) throw InputError(file, "result", "training, results, file, folder or printed", name);
  return found->second;
}

Option read_option(const std::string& file, const CLI::Option& declared, const toml::table& row) {
  Option option;
  option.name = name_of(declared);
  const auto* values = row["values"].as_array();
  if (!values || values->empty()) throw InputError(file, option.name, "values = […]", "none");
  for (const auto& value : *values) option.choices.push_back(choice_of(declared, value));
  if (const auto* changes = row["changes"].as_array()) option.changes = texts_of(*changes);
  option.shown_by = row["shown-by"].value_or(std::string());
  if (const auto* with = row["with"].as_table()) {
    for (const auto& [other, value] : *with)
      option.with[std::string(other.str())] = fmt::format("{}", fmt::join(texts_of(value), ","));
  }
  if (option.choices.size() > 1 && option.changes.empty() && option.shown_by.empty()) {
    throw InputError(file, option.name, "changes = […] or shown-by = \"a test\"", "neither");
  }
  return option;
}

Refusal read_refusal(const toml::table& table) {
  Refusal refusal;
  refusal.says = table["says"].value_or(std::string());
  refusal.from_ranks = table["from-ranks"].value_or(1);
  if (const auto* when = table["when"].as_table()) {
    for (const auto& [option, values] : *when) refusal.when[std::string(option.str())] = texts_of(values);
  }
  return refusal;
}

void take_relations(CommandTable& table, const CLI::App& app) {
  for (const auto* declared : options_of(app)) {
    const auto place = table.option(name_of(*declared));
    for (const auto* other : declared->get_excludes()) table.excludes.emplace_back(place, table.option(name_of(*other)));
    for (const auto* other : declared->get_needs()) table.needs.emplace_back(place, table.option(name_of(*other)));
  }
}

// A misspelt name would never match, and so never be tried.
void check_names(const CommandTable& table) {
  for (const auto& refusal : table.refusals) {
    for (const auto& [option, choices] : refusal.when) {
      for (const auto& name : choices) table.choice(table.option(option), name);
    }
  }
  for (const auto& option : table.options) {
    for (const auto& [other, name] : option.with) table.choice(table.option(other), name);
  }
}

} // namespace

std::string CommandTable::name() const { return fmt::format("{}", fmt::join(words, " ")); }

std::vector<int> CommandTable::values() const {
  std::vector<int> counts;
  for (const auto& option : options) counts.push_back(static_cast<int>(option.choices.size()));
  return counts;
}

std::size_t CommandTable::option(const std::string& wanted) const {
  const auto found = std::ranges::find(options, wanted, &Option::name);
  if (found == options.end()) throw InputError(file.string(), wanted, "an option of " + name(), "none of that name");
  return static_cast<std::size_t>(found - options.begin());
}

int CommandTable::choice(std::size_t place, const std::string& wanted) const {
  const auto& choices = options[place].choices;
  const auto found = std::ranges::find(choices, wanted, &Choice::name);
  if (found == choices.end()) throw InputError(file.string(), options[place].name, "one of its values", wanted);
  return static_cast<int>(found - choices.begin());
}

bool CommandTable::matches(const Refusal& refusal, const Row& row) const {
  return std::ranges::all_of(refusal.when, [&](const auto& condition) {
    const auto place = option(condition.first);
    return row[place] != kOpen &&
           std::ranges::find(condition.second, options[place].choices[static_cast<std::size_t>(row[place])].name) !=
               condition.second.end();
  });
}

bool CommandTable::is_allowed(const Row& row, int ranks) const {
  const auto is_given = [&](std::size_t place) {
    return row[place] != kOpen && !options[place].choices[static_cast<std::size_t>(row[place])].arguments.empty();
  };
  const auto is_left_out = [&](std::size_t place) { return row[place] != kOpen && !is_given(place); };
  for (const auto& [one, other] : excludes) {
    if (is_given(one) && is_given(other)) return false;
  }
  for (const auto& [one, other] : needs) {
    if (is_given(one) && is_left_out(other)) return false;
  }
  return std::ranges::none_of(refusals,
                              [&](const Refusal& refusal) { return refusal.from_ranks <= ranks && matches(refusal, row); });
}

std::vector<Refusal> CommandTable::all_refusals() const {
  const auto given = [](const Option& option) {
    const auto found = std::ranges::find_if(option.choices, [](const Choice& choice) { return !choice.arguments.empty(); });
    return found == option.choices.end() ? std::string() : found->name;
  };
  auto all = refusals;
  for (const auto& [one, other] : excludes) {
    if (one > other) continue; // CLI11 keeps both directions
    const auto &a = options[one], &b = options[other];
    if (given(a).empty() || given(b).empty()) continue;
    Refusal refusal{{{a.name, {given(a)}}, {b.name, {given(b)}}}, "excludes"};
    for (const auto& option : options) { // of three that exclude each other, CLI11 names any two
      if (std::ranges::find(option.choices, "absent", &Choice::name) != option.choices.end())
        refusal.when.try_emplace(option.name, std::vector<std::string>{"absent"});
    }
    all.push_back(std::move(refusal));
  }
  return all;
}

std::vector<std::string> CommandTable::arguments(const Row& row) const {
  auto all = words;
  const auto add = [&](bool named) { // positionals first: a list would swallow them
    for (std::size_t place = 0; place < options.size(); ++place) {
      const auto& given = options[place].choices[static_cast<std::size_t>(row[place])].arguments;
      if (!given.empty() && given.front().starts_with("-") == named) all.insert(all.end(), given.begin(), given.end());
    }
  };
  add(false), add(true);
  return all;
}

std::string CommandTable::shown(const Row& row) const {
  std::string text;
  for (std::size_t place = 0; place < options.size(); ++place) {
    if (row[place] != 0)
      text += fmt::format(" {}={}", options[place].name, options[place].choices[static_cast<std::size_t>(row[place])].name);
  }
  return text.empty() ? " (plain)" : text;
}

CommandTable read_table(const fs::path& path, const std::vector<Subcommand>& commands) {
  const auto file = path.string();
  const auto document = read_toml(path);
  CommandTable table{.file = path};
  const auto wanted = document["command"].value_or(std::string());
  const auto command = std::ranges::find_if(
      commands, [&](const Subcommand& each) { return fmt::format("{}", fmt::join(words_of(*each.app), " ")) == wanted; });
  if (command == commands.end()) throw InputError(file, "command", "a command of cxr", wanted);
  table.words = words_of(*command->app);
  table.result = result_of(file, document["result"].value_or(std::string()));
  table.before = document["before"].value_or(std::string());
  table.on_ranks = document["on-ranks"].value_or(true);
  table.first_rank = document["first-rank"].value_or(false);
  const auto* rows = document["options"].as_table();
  if (!rows) throw InputError(file, "options", "a table", "none");
  std::set<std::string> declared;
  for (const auto* option : options_of(*command->app)) {
    const auto name = name_of(*option);
    declared.insert(name);
    const auto* row = (*rows)[name].as_table();
    if (!row) throw InputError(file, name, fmt::format("a row: {} has this option", wanted), "none");
    table.options.push_back(read_option(file, *option, *row));
  }
  for (const auto& [name, row] : *rows) {
    if (!declared.contains(std::string(name.str())))
      throw InputError(file, name.str(), "an option of " + wanted, "none of that name");
  }
  take_relations(table, *command->app);
  if (const auto* bounds = document["bounds"].as_table()) {
    for (const auto& [dtype, bound] : *bounds) table.bounds[std::string(dtype.str())] = bound.value_or(0.);
  }
  if (const auto* refused = document["refused"].as_array()) {
    for (const auto& each : *refused) table.refusals.push_back(read_refusal(*each.as_table()));
  }
  check_names(table);
  return table;
}

std::vector<CommandTable> read_tables(const fs::path& folder, const std::vector<Subcommand>& commands,
                                      std::vector<std::string> names) {
  if (names.empty()) {
    for (const auto& command : commands) names.push_back(fmt::format("{}", fmt::join(words_of(*command.app), " ")));
  }
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder)) files.push_back(entry.path());
  std::ranges::sort(files);
  std::vector<CommandTable> tables;
  for (const auto& name : names) {
    const auto before = tables.size();
    for (const auto& file : files) {
      if (read_toml(file)["command"].value_or(std::string()) == name) tables.push_back(read_table(file, commands));
    }
    if (tables.size() == before) throw InputError(folder.string(), name, "a table of this command", "none");
  }
  return tables;
}

} // namespace cxr::combinations
