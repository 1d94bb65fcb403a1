#include "study/study_results.h"

#include <sstream>

#include "core/error.h"

namespace cxr::study {
namespace {

/// What an entry of study.toml is nothing without (analysis/study.h).
const std::map<std::string, std::vector<std::string>> kNeeded = {
    {"arm", {"images", "reconstruct", "classify_original", "classify_reconstruction"}},
    {"bag_of_words", {"retrieve"}},
    {"method", {"generate"}}};

class Expander {
 public:
  Expander(const StudyDocument& document, const Scope& scope, const std::map<std::string, std::string>& left_out)
      : document_(document), scope_(scope), left_out_(left_out) {}

  std::set<std::string> take_steps() { return std::move(steps_); }

  /// The text with paths in their place; none if it names what was left out.
  std::optional<std::string> text(const std::string& text, const std::string& place) {
    static const std::vector<const Row*> no_rows;
    const auto expansion = scope_.expand({text}, no_rows, place);
    for (const auto& out : expansion.used_outs) {
      if (left_out_.contains(out)) return std::nullopt;
    }
    for (const auto& input : expansion.used_inputs) {
      if (document_.inputs.at(input).path.empty()) return std::nullopt;
    }
    steps_.insert(expansion.used_outs.begin(), expansion.used_outs.end());
    return expansion.plain.front();
  }

  toml::table table(const toml::table& from, const std::string& place) {
    toml::table to;
    for (const auto& [key, node] : from) {
      const auto here = fmt::format("{}, {}", place, key.str());
      if (const auto* string = node.as_string()) {
        if (auto value = text(string->get(), here)) to.insert(key, *value);
      } else if (const auto* list = node.as_array()) {
        to.insert(key, array(*list, here));
      } else {
        to.insert(key, node);
      }
    }
    return to;
  }

  /// Without the texts that name what was left out.
  toml::array array(const toml::array& from, const std::string& place) {
    toml::array to;
    for (const auto& node : from) {
      if (const auto* string = node.as_string()) {
        if (auto value = text(string->get(), place)) to.push_back(*value);
      } else {
        to.push_back(node);
      }
    }
    return to;
  }

 private:
  const StudyDocument& document_;
  const Scope& scope_;
  const std::map<std::string, std::string>& left_out_;
  std::set<std::string> steps_;
};

/// Whether something that it can't be without was left out, or, of an encoder, everything but its name.
bool is_hollow(const std::string& kind, const toml::table& before, const toml::table& after) {
  if (kind == "encoder") return after.size() == 1 && before.size() > 1;
  const auto needed = kNeeded.find(kind);
  if (needed == kNeeded.end()) return false;
  return std::ranges::any_of(needed->second, [&](const auto& key) { return before.contains(key) && !after.contains(key); });
}

toml::table study_section(const StudyDocument& document) {
  toml::table section{{"title", document.title}};
  if (!document.notice.empty()) section.insert("notice", document.notice);
  if (document.is_private) section.insert("private", true);
  return section;
}

} // namespace

Results expand_results(const StudyDocument& document, const Scope& scope, const std::map<std::string, std::string>& left_out) {
  Expander expander(document, scope, left_out);
  Results results;
  results.table.insert("study", study_section(document));
  for (const auto& [key, node] : document.results) {
    const std::string kind(key.str());
    if (const auto* table = node.as_table()) {
      auto expanded = expander.table(*table, kind);
      if (!is_hollow(kind, *table, expanded)) results.table.insert(kind, std::move(expanded));
      continue;
    }
    const auto* list = node.as_array();
    if (!list || !list->is_homogeneous(toml::node_type::table))
      throw InputError(document.file, kind, "a table, or a list of tables", toml_type(node));
    toml::array kept;
    for (const auto& element : *list) {
      auto expanded = expander.table(*element.as_table(), fmt::format("{} {}", kind, kept.size() + 1));
      if (!is_hollow(kind, *element.as_table(), expanded)) kept.push_back(std::move(expanded));
    }
    if (!kept.empty()) results.table.insert(kind, std::move(kept));
  }
  if (!results.table.contains("method")) results.table.erase("generation");
  results.steps = expander.take_steps();
  return results;
}

std::string results_toml(const toml::table& results) {
  std::ostringstream text;
  text << "# Made by `cxr study`: what `cxr tables`, `cxr figures` and `cxr report` read.\n"
       << toml::toml_formatter(results) << '\n';
  return text.str();
}

} // namespace cxr::study
