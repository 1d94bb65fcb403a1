#include "study/command_words.h"

#include <charconv>

#include "core/error.h"

namespace cxr::study {
namespace {

bool is_option(const std::string& word) {
  return word.size() > 1 && word[0] == '-' && std::isdigit(static_cast<unsigned char>(word[1])) == 0;
}

} // namespace

CommandWords::CommandWords(const std::vector<std::string>& words) {
  for (const auto& word : words) {
    if (is_option(word)) {
      const auto equals = word.find('=');
      options_.push_back({word.substr(0, equals), {}});
      if (equals != std::string::npos) options_.back().values.push_back(word.substr(equals + 1));
    } else if (!options_.empty()) {
      options_.back().values.push_back(word);
    } else {
      positionals_.push_back(word);
    }
  }
  for (const auto& word : positionals_) command_ += (command_.empty() ? "" : " ") + word;
}

bool CommandWords::has(const std::string& option) const {
  return std::ranges::find(options_, option, &Option::name) != options_.end();
}

std::vector<std::string> CommandWords::values(const std::string& option) const {
  std::vector<std::string> values;
  for (const auto& given : options_) {
    if (given.name == option) values.insert(values.end(), given.values.begin(), given.values.end());
  }
  return values;
}

std::optional<std::string> CommandWords::value(const std::string& option) const {
  const auto all = values(option);
  return all.empty() ? std::nullopt : std::optional(all.back());
}

std::optional<double> CommandWords::number(const std::string& option) const {
  const auto text = value(option);
  if (!text) return std::nullopt;
  double number = 0;
  const auto* end = text->data() + text->size();
  if (std::from_chars(text->data(), end, number).ptr != end) throw InputError(command_, option, "a number", *text);
  return number;
}

void CommandWords::drop(const std::string& option) {
  std::erase_if(options_, [&](const Option& given) { return given.name == option; });
}

void CommandWords::set(const std::string& option, const std::string& value) {
  drop(option);
  options_.push_back({option, {value}});
}

std::vector<std::string> CommandWords::words() const {
  auto words = positionals_;
  for (const auto& option : options_) {
    words.push_back(option.name);
    words.insert(words.end(), option.values.begin(), option.values.end());
  }
  return words;
}

} // namespace cxr::study
