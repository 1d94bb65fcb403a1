#include "study/study_document.h"

#include <fmt/ranges.h>

#include "core/error.h"
#include "study/shipped_files.h"

namespace cxr::study {
namespace fs = std::filesystem;
namespace {

const std::vector<std::string> kStepKeys = {"name", "what", "command", "out", "for", "after", "results", "ranks", "time"};
constexpr std::array kOwnTables = {"study", "inputs", "settings", "execution", "lists", "step"};

/// A table of the file, with messages that say which.
class Section {
 public:
  Section(const std::string& file, std::string place, const toml::table& table, const std::vector<std::string>& keys)
      : file_(file), place_(std::move(place)), table_(table) {
    for (const auto& [key, value] : table) {
      if (std::ranges::find(keys, key.str()) == keys.end())
        refuse(std::string(key.str()), fmt::format("one of {}", fmt::join(keys, ", ")), "an unknown key");
    }
  }

  /// The value of a key, of type T; `fallback` if there is no such key.
  template <typename T>
  T get(const std::string& key, T fallback, const char* expected) const {
    const auto* node = table_.get(key);
    if (!node) return fallback;
    const auto value = node->value_exact<T>();
    if (!value) refuse(key, expected, toml_type(*node));
    return *value;
  }
  std::string text(const std::string& key) const { return get<std::string>(key, "", "a string"); }
  std::string required(const std::string& key) const {
    auto value = text(key);
    if (value.empty()) refuse(key, "a string", table_.contains(key) ? "an empty one" : "none");
    return value;
  }
  /// A string, or a list of them.
  std::vector<std::string> texts(const std::string& key) const {
    const auto* node = table_.get(key);
    if (!node) return {};
    if (const auto one = node->value_exact<std::string>()) return {*one};
    std::vector<std::string> list;
    if (const auto* array = node->as_array()) {
      for (const auto& element : *array) {
        const auto value = element.value_exact<std::string>();
        if (!value) refuse(key, "a string or a list of them", toml_type(element));
        list.push_back(*value);
      }
      return list;
    }
    refuse(key, "a string or a list of them", toml_type(*node));
  }
  [[noreturn]] void refuse(const std::string& key, const std::string& expected, const std::string& found) const {
    throw InputError(file_, fmt::format("{}, {}", place_, key), expected, found);
  }

 private:
  const std::string& file_;
  std::string place_;
  const toml::table& table_;
};

/// [name], an empty one if there is none.
const toml::table& table_of(const std::string& file, const toml::table& root, const char* name) {
  static const toml::table none;
  const auto* node = root.get(name);
  if (!node) return none;
  if (!node->is_table()) throw InputError(file, name, "a table", toml_type(*node));
  return *node->as_table();
}

/// A scalar or a list of scalars.
Value value_of(const std::string& file, const std::string& place, const toml::node& node) {
  const auto scalar = [&](const toml::node& one) {
    if (!one.is_string() && !one.is_number() && !one.is_boolean())
      throw InputError(file, place, "a string, a number, true or false, or a list of them", toml_type(one));
    return toml_scalar(one);
  };
  if (!node.is_array()) return {{scalar(node)}};
  Value value{.words = {}, .is_list = true};
  for (const auto& element : *node.as_array()) value.words.push_back(scalar(element));
  return value;
}

Row row_of(const std::string& file, const std::string& place, const toml::table& table) {
  Row row;
  for (const auto& [key, node] : table) row[std::string(key.str())] = value_of(file, fmt::format("{}, {}", place, key.str()), node);
  return row;
}

/// Puts an override where the file has the name, with the type that it has there. @return whether it has
bool put(toml::table& root, const char* section, const std::string& name, const std::string& text) {
  auto* table = root.get_as<toml::table>(section);
  auto* node = table ? table->get(name) : nullptr;
  if (!node) return false;
  if (node->is_string()) {
    table->insert_or_assign(name, text);
    return true;
  }
  try {
    const auto parsed = toml::parse("value = " + text);
    table->insert_or_assign(name, *parsed.get("value"));
  } catch (const toml::parse_error&) {
    table->insert_or_assign(name, text);
  }
  return true;
}

/// Adds to a section's list of texts, which may be one text or none.
void add(toml::table& root, const char* section, const char* name, const std::vector<std::string>& texts) {
  auto* table = root.get_as<toml::table>(section);
  if (!table || texts.empty()) return;
  toml::array list;
  if (const auto* node = table->get(name)) {
    if (const auto* array = node->as_array())
      list = *array;
    else
      list.push_back(*node);
  }
  for (const auto& text : texts) list.push_back(text);
  table->insert_or_assign(name, std::move(list));
}

void apply(toml::table& root, const std::string& file, const Overrides& overrides) {
  add(root, "study", "leave-out", overrides.leave_out);
  for (const auto& [name, text] : overrides.values) {
    if (put(root, "settings", name, text)) continue;
    if (put(root, "inputs", name, text.empty() ? text : fs::absolute(text).string())) continue;
    throw InputError("--set", name, fmt::format("a setting or an input of {}", file), "none of that name");
  }
}

/// An input's place: beside the study file, or, of a copy of a study file that came with the program, where the original has it.
fs::path place_of_input(const std::string& file, const std::string& text) {
  const auto place = (fs::absolute(file).parent_path() / text).lexically_normal();
  std::error_code none;
  if (fs::path(text).is_absolute() || fs::exists(place, none)) return place;
  const auto original = (shipped("experiments/studies") / text).lexically_normal();
  return fs::exists(original, none) ? original : place;
}

std::map<std::string, Input> read_inputs(toml::table& root, const std::string& file) {
  std::map<std::string, Input> inputs;
  auto* table = root.get_as<toml::table>("inputs");
  if (!table) return inputs;
  for (auto&& [key, node] : *table) {
    const auto text = node.value_exact<std::string>();
    if (!text) throw InputError(file, fmt::format("inputs, {}", key.str()), "a path", toml_type(node));
    Input input{.path = text->empty() ? fs::path() : place_of_input(file, *text)};
    std::error_code none;
    input.is_there = fs::exists(input.path, none);
    inputs[std::string(key.str())] = input;
  }
  for (const auto& [name, input] : inputs) table->insert_or_assign(name, input.path.string());
  return inputs;
}

/// Lists of rows, then those that join others.
std::map<std::string, std::vector<Row>> read_lists(const toml::table& root, const std::string& file) {
  std::map<std::string, std::vector<Row>> lists;
  const auto& tables = table_of(file, root, "lists");
  const auto refuse = [&](std::string_view key, const std::string& found) {
    throw InputError(file, fmt::format("lists, {}", key), "a list of tables, or of the names of such lists", found);
  };
  for (const auto& [key, node] : tables) {
    const auto* array = node.as_array();
    if (!array) refuse(key.str(), toml_type(node));
    if (!array->empty() && array->front().is_string()) continue;
    auto& rows = lists[std::string(key.str())];
    for (const auto& element : *array) {
      if (!element.is_table()) refuse(key.str(), toml_type(element));
      rows.push_back(row_of(file, fmt::format("lists, {}, row {}", key.str(), rows.size() + 1), *element.as_table()));
    }
  }
  for (const auto& [key, node] : tables) {
    const auto& array = *node.as_array();
    if (array.empty() || !array.front().is_string()) continue;
    std::vector<Row> joined;
    for (const auto& element : array) {
      const auto found = lists.find(element.value_or(std::string()));
      if (found == lists.end()) refuse(key.str(), toml_scalar(element));
      joined.insert(joined.end(), found->second.begin(), found->second.end());
    }
    lists[std::string(key.str())] = std::move(joined);
  }
  return lists;
}

StepTemplate read_step(const Section& section, std::string place) {
  StepTemplate step{.place = std::move(place),
                    .name = section.required("name"),
                    .what = section.required("what"),
                    .command = section.required("command"),
                    .out = section.required("out"),
                    .time = section.text("time"),
                    .for_lists = section.texts("for"),
                    .after = section.texts("after"),
                    .reads_results = section.get("results", false, "true or false"),
                    .max_ranks = std::nullopt};
  if (const auto ranks = section.get<std::int64_t>("ranks", -1, "a number, 0 for any"); ranks >= 0)
    step.max_ranks = static_cast<int>(ranks);
  return step;
}

std::vector<StepTemplate> read_steps(const toml::table& root, const std::string& file) {
  const auto* list = root.get_as<toml::array>("step");
  if (!list || list->empty()) throw InputError(file, "step", "[[step]], at least once", "none");
  std::vector<StepTemplate> steps;
  for (const auto& node : *list) {
    const auto place = fmt::format("step {}", steps.size() + 1);
    if (!node.is_table()) throw InputError(file, place, "a table", toml_type(node));
    steps.push_back(read_step(Section(file, place, *node.as_table(), kStepKeys), place));
  }
  return steps;
}

ExecutionDefaults read_execution(const toml::table& root, const std::string& file) {
  const Section section(file, "execution", table_of(file, root, "execution"), {"threads", "device", "ranks"});
  ExecutionDefaults execution;
  execution.threads = static_cast<int>(section.get<std::int64_t>("threads", 0, "a number"));
  execution.ranks = static_cast<int>(section.get<std::int64_t>("ranks", 0, "a number"));
  execution.device = section.get<std::string>("device", "cpu", "cpu or cuda");
  if (execution.device != "cpu" && execution.device != "cuda") section.refuse("device", "cpu or cuda", execution.device);
  return execution;
}

} // namespace

const std::vector<Row>& StudyDocument::rows(const std::string& list, const std::string& place) const {
  const auto found = lists.find(list);
  if (found == lists.end()) throw InputError(file, place + ", for", "the name of a list of [lists]", list);
  return found->second;
}

StudyDocument read_document(const fs::path& file, const Overrides& overrides) {
  auto root = read_toml(file);
  StudyDocument document;
  document.file = file.string();
  apply(root, document.file, overrides);
  const Section study(document.file, "study", table_of(document.file, root, "study"), {"title", "notice", "private", "leave-out"});
  document.title = study.required("title");
  document.notice = study.text("notice");
  document.is_private = study.get("private", false, "true or false");
  document.leave_out = study.texts("leave-out");
  document.execution = read_execution(root, document.file);
  document.inputs = read_inputs(root, document.file);
  document.settings = row_of(document.file, "settings", table_of(document.file, root, "settings"));
  document.lists = read_lists(root, document.file);
  document.steps = read_steps(root, document.file);
  document.source = root;
  for (const auto* own : kOwnTables) root.erase(own);
  document.results = std::move(root);
  return document;
}

} // namespace cxr::study
