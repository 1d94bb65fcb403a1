/// @file
/// Which tokens have a role, and which are found in a text as they stand: transformers' rules over a folder's files.
/// Reference: transformers 5, tokenization_utils_base.py (_from_pretrained) and tokenization_utils_tokenizers.py (__init__).
#pragma once

#include <map>
#include <string>
#include <vector>

#include "text/added_tokens.h"
#include "text/tokenizer_folder.h"
#include "text/vocabulary.h"

namespace cxr {

/// Roles ("cls_token", "pad_token" …) and the contents of their tokens.
using TokenRoles = std::map<std::string, std::string>;

struct NamedTokens {
  std::map<std::string, AddedToken> roles; ///< as the folder's files name them
  std::vector<AddedToken> listed;      ///< `added_tokens_decoder`, or added_tokens.json and tokenizer.json; by the id they state
  std::vector<AddedToken> extra;       ///< `extra_special_tokens`, `additional_special_tokens`
  std::string roles_file, listed_file; ///< where they stand, for errors
};

/// tokenizer_config.json with `added_tokens_decoder` says it all; else special_tokens_map.json, added_tokens.json and
/// tokenizer.json have their say. @throws InputError
NamedTokens read_named_tokens(const TokenizerFolder& folder);

/// The `added_tokens` of tokenizer.json.
std::vector<AddedToken> added_tokens_of(const JsonFile& tokenizer);

/// A tokenizer's added tokens with their ids: the vocabulary's, or the next free ones.
class AddedTokenList {
 public:
  explicit AddedTokenList(const TokenIds& vocabulary) : vocabulary_(vocabulary) {}

  /// @param file where the token stands
  /// @throws InputError if its id would be another than the one it states, or if the vocabulary lacks it and it states none
  void add(AddedToken token, const std::string& file, const std::string& field);
  /// The id of a token of the list or of the vocabulary, or -1.
  std::int32_t find(const std::string& content) const;
  const std::vector<AddedToken>& tokens() const { return tokens_; }

 private:
  std::int32_t next_id() const;

  const TokenIds& vocabulary_;
  std::vector<AddedToken> tokens_;
};

} // namespace cxr
