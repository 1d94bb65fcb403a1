/// @file
/// Tokens and their ids, read from what Hugging Face tokenizers store.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace cxr {

struct StringHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
};
using TokenIds = std::unordered_map<std::string, std::int32_t, StringHash, std::equal_to<>>;

/// The id, or -1.
std::int32_t find_token(const TokenIds& tokens, std::string_view token);

/// A token a line, ids by position; blanks at a line's end do not count.
/// @param file the file's name, for errors
/// @throws InputError for an empty line, a token that stands twice, or no token at all
TokenIds parse_vocabulary_lines(std::string_view content, const std::string& file);

/// {token: id}. @throws InputError for what is no id, and for an id that stands twice
TokenIds parse_vocabulary_object(const nlohmann::json& tokens, const std::string& file, const std::string& field);

/// Two tokens that become one, and where they stand, for errors: "line 7", "model.merges[5]".
struct Merge {
  std::string left, right, place;
};

/// merges.txt: a line "left right" each, the most frequent first, after a line of version. @throws InputError for another line
std::vector<Merge> parse_merge_lines(std::string_view content, const std::string& file);

/// "left right" or [left, right] each.
std::vector<Merge> parse_merge_array(const nlohmann::json& merges, const std::string& file, const std::string& field);

} // namespace cxr
