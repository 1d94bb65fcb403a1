#include "data_prep/phantom/pattern.h"

#include <cctype>
#include <vector>

#include "core/error.h"

namespace cxr::phantom {
namespace {

/// The position of the parenthesis that closes the one at `open`.
std::size_t closing(Pattern pattern, std::size_t open) {
  int depth = 0;
  std::size_t i = open;
  do {
    expects(i < pattern.size(), "phantom: a parenthesis is not closed in '{}'", pattern);
    depth += (pattern[i] == '(') - (pattern[i] == ')');
    ++i;
  } while (depth != 0);
  return i - 1;
}

/// The alternatives of "a|b(c|d)|e": split where no parenthesis is open.
std::vector<Pattern> alternatives(Pattern choice) {
  std::vector<Pattern> parts;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < choice.size(); ++i) {
    if (choice[i] == '(') i = closing(choice, i);
    if (choice[i] != '|') continue;
    parts.push_back(choice.substr(begin, i - begin));
    begin = i + 1;
  }
  parts.push_back(choice.substr(begin));
  return parts;
}

void append(std::string& text, Pattern pattern, const Fillers& fillers, rng::Generator& random) {
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const char c = pattern[i];
    if (c == '(') {
      const auto end = closing(pattern, i);
      append(text, one_of(alternatives(pattern.substr(i + 1, end - i - 1)), random), fillers, random);
      i = end;
    } else if (c == '{') {
      const auto end = pattern.find('}', i);
      const auto filler = fillers.find(pattern.substr(i + 1, end - i - 1));
      expects(filler != fillers.end(), "phantom: nothing fills '{}'", pattern);
      append(text, filler->second, fillers, random);
      i = end;
    } else {
      // An empty choice leaves its blanks behind.
      if ((c == '.' || c == ',') && text.ends_with(' ')) text.pop_back();
      if (c != ' ' || !(text.empty() || text.ends_with(' '))) text += c;
    }
  }
}

} // namespace

Pattern one_of(std::span<const Pattern> patterns, rng::Generator& random) { return patterns[random.below(patterns.size())]; }

std::string expand(Pattern pattern, const Fillers& fillers, rng::Generator& random) {
  std::string text;
  append(text, pattern, fillers, random);
  if (text.ends_with(' ')) text.pop_back();
  return text;
}

std::string capitalised(std::string text) {
  if (!text.empty()) text[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(text[0])));
  return text;
}

} // namespace cxr::phantom
