#include "study/template_text.h"

#include "core/error.h"

namespace cxr::study {
namespace {

constexpr int kMaxReplacements = 1000; ///< of a text: more stand for each other in a circle

/// Whether the text is one placeholder and nothing else: "{adapted}".
bool is_one_name(const std::string& text) {
  return text.size() > 2 && text.front() == '{' && text.find('}') == text.size() - 1 && text.find('{', 1) == std::string::npos;
}

bool is_plain(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) || std::string_view("-_./=:,+@%^").find(c) != std::string_view::npos;
}

} // namespace

std::string expand(const std::string& text, const Lookup& lookup, const std::string& place) {
  auto expanded = text;
  for (int i = 0; i < kMaxReplacements; ++i) {
    const auto close = expanded.find('}');
    const auto open = expanded.rfind('{', close);
    if (close == std::string::npos && open == std::string::npos) return expanded;
    if (close == std::string::npos || open == std::string::npos || open > close)
      throw InputError(place, text, "braces in pairs", "one by itself");
    const auto name = expanded.substr(open + 1, close - open - 1);
    const auto value = lookup(name);
    if (value.is_list) throw InputError(place, text, fmt::format("a text for {{{}}}, since it stands within one", name), "a list");
    expanded.replace(open, close - open + 1, value.words.front());
  }
  throw InputError(place, text, "names that come to an end", "names that stand for each other in a circle");
}

std::vector<std::string> expand_words(const std::vector<std::string>& words, const Lookup& lookup, const std::string& place) {
  std::vector<std::string> expanded;
  for (const auto& word : words) {
    std::vector<std::string> list = {word};
    for (int i = 0; list.size() == 1 && is_one_name(list[0]) && i < kMaxReplacements; ++i) {
      const auto value = lookup(list[0].substr(1, list[0].size() - 2));
      list = value.is_list ? expand_words(value.words, lookup, place) : value.words;
      if (value.is_list) break;
    }
    for (const auto& element : list) expanded.push_back(expand(element, lookup, place));
  }
  return expanded;
}

std::vector<std::string> split_words(const std::string& command, const std::string& place) {
  std::vector<std::string> words;
  std::string word;
  bool has_word = false;
  char quote = 0;
  for (const char c : command) {
    if (quote) {
      c == quote ? void(quote = 0) : word.push_back(c);
    } else if (c == '\'' || c == '"') {
      quote = c;
      has_word = true;
    } else if (c == ' ' || c == '\n' || c == '\t') {
      if (has_word) words.push_back(std::exchange(word, ""));
      has_word = false;
    } else {
      word += c;
      has_word = true;
    }
  }
  if (quote) throw InputError(place, "command", "quotes in pairs", command);
  if (has_word) words.push_back(word);
  return words;
}

std::string join_words(const std::vector<std::string>& words) {
  std::string line;
  for (const auto& word : words) {
    if (!line.empty()) line += ' ';
    if (!word.empty() && std::ranges::all_of(word, is_plain)) {
      line += word;
      continue;
    }
    line += '\'';
    for (const char c : word) c == '\'' ? line += "'\\''" : line += c;
    line += '\'';
  }
  return line;
}

} // namespace cxr::study
