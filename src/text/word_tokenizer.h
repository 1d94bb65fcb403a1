/// @file
/// What the three tokenizers share: finds added tokens, normalises what stands between them, splits it into words, and remembers
/// the words that come often.
#pragma once

#include "text/added_tokens.h"
#include "text/tokenizer.h"
#include "text/tokenizer_files.h"
#include "text/word_cache.h"

namespace cxr {

class WordTokenizer : public Tokenizer {
 public:
  std::vector<std::int32_t> encode(std::string_view text) const final;
  const SpecialTokens& special() const final { return special_; }
  std::int64_t vocabulary_size() const final { return vocabulary_size_; }
  std::int64_t max_length() const final { return max_length_; }

 protected:
  explicit WordTokenizer(const TokenizerSpec& spec);
  /// Sorts out which tokens are sought before normalisation and which after it: the last step of a constructor.
  void set_added_tokens(const std::vector<AddedToken>& tokens);

  /// Takes the words of a piece of text, in order.
  class Words {
   public:
    Words(const WordTokenizer& tokenizer, WordCache& cache, std::vector<std::int32_t>& ids)
        : tokenizer_(tokenizer), cache_(cache), ids_(ids) {}
    void add(std::string_view word);

   private:
    const WordTokenizer& tokenizer_;
    WordCache& cache_;
    std::vector<std::int32_t>& ids_;
  };

 private:
  /// The normalised text, in `storage` unless it is the text itself.
  virtual std::string_view normalise(std::string_view text, std::string& storage) const = 0;
  virtual void split_words(std::string_view normalised, Words& words) const = 0;
  /// Appends the ids of a word.
  virtual void encode_word(std::string_view word, std::vector<std::int32_t>& ids) const = 0;

  /// What one thread needs for a text.
  struct Workspace {
    WordCache cache;
    std::vector<AddedTokens::Piece> pieces, normalised_pieces;
    std::string normalised;
  };

  SpecialTokens special_;
  std::int64_t vocabulary_size_, max_length_;
  AddedTokens raw_tokens_, normalised_tokens_;
  mutable Pool<Workspace> workspaces_;
};

} // namespace cxr
