#include "text/vocabulary.h"

#include <limits>

#include <nlohmann/json.hpp>

#include "core/error.h"
#include "text/unicode.h"
#include "text/utf8.h"

namespace cxr {
namespace {

constexpr std::string_view kVersion = "#version";

void expect_utf8(std::string_view content, const std::string& file) {
  if (utf8::replace_invalid(content) != content) throw InputError(file, "", "UTF-8", "bytes that are none");
}

// As Rust's lines(): a last line may lack its line feed, and a carriage return before one belongs to it.
template <typename Action>
void for_each_line(std::string_view content, Action&& action) {
  for (std::int64_t number = 1; !content.empty(); ++number) {
    const auto end = std::min(content.find('\n'), content.size());
    auto line = content.substr(0, end);
    content.remove_prefix(std::min(end + 1, content.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    action(line, number);
  }
}

std::string_view without_trailing_blanks(std::string_view line) {
  while (!line.empty()) {
    auto start = line.size();
    if (!unicode::is_space(utf8::previous(line, start))) break;
    line = line.substr(0, start);
  }
  return line;
}

void add(TokenIds& tokens, std::string_view token, std::int32_t id, const std::string& file, const std::string& field) {
  const auto [known, is_new] = tokens.try_emplace(std::string(token), id);
  if (!is_new)
    throw InputError(file, field, "a token that stands once", fmt::format("\"{}\" again, after id {}", token, known->second));
}

Merge parse_merge(std::string_view text, std::string place, const std::string& file) {
  const auto blank = text.find(' ');
  if (blank == text.npos || blank == 0 || blank + 1 == text.size() || text.find(' ', blank + 1) != text.npos) {
    throw InputError(file, place, "two tokens with one blank between them", fmt::format("\"{}\"", text));
  }
  return {std::string(text.substr(0, blank)), std::string(text.substr(blank + 1)), std::move(place)};
}

} // namespace

std::int32_t find_token(const TokenIds& tokens, std::string_view token) {
  const auto found = tokens.find(token);
  return found == tokens.end() ? -1 : found->second;
}

TokenIds parse_vocabulary_lines(std::string_view content, const std::string& file) {
  expect_utf8(content, file);
  TokenIds tokens;
  for_each_line(content, [&](std::string_view line, std::int64_t number) {
    const auto token = without_trailing_blanks(line);
    const auto field = fmt::format("line {}", number);
    if (token.empty()) throw InputError(file, field, "a token", "an empty line");
    add(tokens, token, static_cast<std::int32_t>(number - 1), file, field);
  });
  if (tokens.empty()) throw InputError(file, "", "a token a line", "an empty file");
  return tokens;
}

TokenIds parse_vocabulary_object(const nlohmann::json& tokens, const std::string& file, const std::string& field) {
  if (!tokens.is_object() || tokens.empty())
    throw InputError(file, field, "an object of tokens and their ids", tokens.is_object() ? "none" : tokens.type_name());
  TokenIds ids;
  std::unordered_map<std::int32_t, std::string_view> taken;
  for (const auto& [token, id] : tokens.items()) {
    const auto place = fmt::format("{}\"{}\"", field.empty() ? "" : field + ".", token);
    if (!id.is_number_unsigned() || id.get<std::uint64_t>() >= std::numeric_limits<std::int32_t>::max()) {
      throw InputError(file, place, "an id from 0 on", id.dump());
    }
    const auto number = id.get<std::int32_t>();
    const auto [other, is_new] = taken.try_emplace(number, token);
    if (!is_new) throw InputError(file, place, "an id of its own", fmt::format("{}, the id of \"{}\"", number, other->second));
    ids.emplace(token, number);
  }
  return ids;
}

std::vector<Merge> parse_merge_lines(std::string_view content, const std::string& file) {
  expect_utf8(content, file);
  std::vector<Merge> merges;
  for_each_line(content, [&](std::string_view line, std::int64_t number) {
    if (!line.starts_with(kVersion)) merges.push_back(parse_merge(line, fmt::format("line {}", number), file));
  });
  return merges;
}

std::vector<Merge> parse_merge_array(const nlohmann::json& merges, const std::string& file, const std::string& field) {
  if (!merges.is_array()) throw InputError(file, field, "an array of merges", merges.type_name());
  std::vector<Merge> result;
  for (std::size_t i = 0; i < merges.size(); ++i) {
    const auto& merge = merges[i];
    auto place = fmt::format("{}[{}]", field, i);
    if (merge.is_string()) {
      result.push_back(parse_merge(merge.get<std::string>(), std::move(place), file));
    } else if (merge.is_array() && merge.size() == 2 && merge[0].is_string() && merge[1].is_string()) {
      result.push_back({merge[0], merge[1], std::move(place)});
    } else {
      throw InputError(file, place, "two tokens", merge.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
    }
  }
  return result;
}

} // namespace cxr
