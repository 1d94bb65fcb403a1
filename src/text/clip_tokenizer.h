/// @file
/// CLIP's tokenizer: composed, lower-cased text, words without their blanks, byte-pair merges with an end-of-word mark.
/// Reference: transformers, models/clip/tokenization_clip.py over tokenizers.
#pragma once

#include "text/byte_pair_merges.h"
#include "text/word_tokenizer.h"

namespace cxr {

class ClipTokenizer final : public WordTokenizer {
 public:
  explicit ClipTokenizer(const TokenizerSpec& spec);

 private:
  std::string_view normalise(std::string_view text, std::string& storage) const override;
  void split_words(std::string_view normalised, Words& words) const override;
  void encode_word(std::string_view word, std::vector<std::int32_t>& ids) const override { merges_.encode(word, ids); }

  BytePairMerges merges_;
  bool keeps_special_spelling_;
};

} // namespace cxr
