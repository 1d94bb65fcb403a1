/// @file
/// The JSON files of a tokenizer's folder, as far as they are there.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "io/json.h"

namespace cxr {

struct TokenizerFolder {
  std::filesystem::path path;
  std::optional<JsonFile> tokenizer;          ///< tokenizer.json
  std::optional<JsonFile> configuration;      ///< tokenizer_config.json
  std::optional<JsonFile> special_tokens_map; ///< special_tokens_map.json
  std::optional<JsonFile> added_tokens;       ///< added_tokens.json
  std::optional<JsonFile> model;              ///< config.json

  /// @param folder a tokenizer's or a model's; `tokenizer/` in it is taken if it has no vocabulary itself
  /// @throws InputError if there is no vocabulary, or for a file that is no JSON object
  static TokenizerFolder open(const std::filesystem::path& folder);

  bool has(const std::string& file) const { return std::filesystem::exists(path / file); }

  /// "CLIPTokenizer", "BertTokenizer", "RobertaTokenizer", what else `tokenizer_class` names (without "Fast"), or nothing.
  std::string class_name() const;
};

} // namespace cxr
