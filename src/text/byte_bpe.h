/// @file
/// RoBERTa's tokenizer (GPT-2's): words with the blank before them, as bytes, and byte-pair merges.
/// Reference: transformers, models/roberta/tokenization_roberta.py over tokenizers.
#pragma once

#include "text/byte_pair_merges.h"
#include "text/word_tokenizer.h"

namespace cxr {

class ByteBpe final : public WordTokenizer {
 public:
  explicit ByteBpe(const TokenizerSpec& spec);

 private:
  std::string_view normalise(std::string_view text, std::string& storage) const override;
  void split_words(std::string_view normalised, Words& words) const override;
  void encode_word(std::string_view word, std::vector<std::int32_t>& ids) const override { merges_.encode(word, ids); }

  BytePairMerges merges_;
  bool add_prefix_space_;
};

} // namespace cxr
