/// @file
/// BERT's tokenizer: clean-up, words and punctuation, then the longest pieces that the vocabulary has, from the left.
/// Reference: tokenizers, src/normalizers/bert.rs, src/pre_tokenizers/bert.rs, src/models/wordpiece/mod.rs.
#pragma once

#include "text/word_tokenizer.h"

namespace cxr {

class WordPieceTokenizer final : public WordTokenizer {
 public:
  explicit WordPieceTokenizer(const TokenizerSpec& spec);

 private:
  std::string_view normalise(std::string_view text, std::string& storage) const override;
  void split_words(std::string_view normalised, Words& words) const override;
  void encode_word(std::string_view word, std::vector<std::int32_t>& ids) const override;

  void normalise_ascii(std::string_view text, std::string& result) const;
  std::string clean(std::string_view text) const;
  std::string strip_accents_and_case(std::string_view text) const;

  WordPieceOptions options_;
  std::int32_t unknown_;
  TokenIds first_pieces_, later_pieces_; ///< the latter without their prefix
  std::size_t longest_piece_ = 0;        ///< bytes
};

} // namespace cxr
