/// @file
/// What turns a text into the ids that a text encoder reads. Ids equal those of Hugging Face's fast tokenizers (tokenizers 0.23).
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace cxr {

/// Ids of the tokens with a meaning of their own, read from the tokenizer's files. -1: there is none.
struct SpecialTokens {
  std::int32_t begin = -1; ///< [CLS], <s> or <|startoftext|>
  std::int32_t end = -1;   ///< [SEP], </s> or <|endoftext|>
  std::int32_t pad = -1;
  std::int32_t unknown = -1;
  std::int32_t mask = -1;

  /// How many of them stand around a text.
  std::int64_t around() const { return (begin >= 0) + (end >= 0); }
};

class Tokenizer {
 public:
  virtual ~Tokenizer() = default;

  /// The text's ids without the special tokens around them, uncut. Bytes that are no UTF-8 read as U+FFFD, as Python's
  /// errors="replace" has it. Safe from several threads.
  virtual std::vector<std::int32_t> encode(std::string_view text) const = 0;
  virtual const SpecialTokens& special() const = 0;
  /// The number of ids: one more than the largest.
  virtual std::int64_t vocabulary_size() const = 0;
  /// The longest sequence with special tokens that the files state (`model_max_length`); 0 if they state none.
  virtual std::int64_t max_length() const = 0;

  /// begin, the text's ids, end: with_special() of encode().
  std::vector<std::int32_t> encode_with_special(std::string_view text, std::int64_t limit = 0) const;
  /// begin, the ids, end; what is longer than `limit` loses ids before the end token (transformers' truncation=True).
  /// @param limit the most ids returned, at least 2; 0 cuts nothing
  std::vector<std::int32_t> with_special(std::vector<std::int32_t> ids, std::int64_t limit = 0) const;
};

/// CLIP's byte-pair encoding, BERT's WordPiece or RoBERTa's byte-level byte-pair encoding, by what the folder holds: `vocab.json`
/// and `merges.txt`, `vocab.txt`, or `tokenizer.json`; with `tokenizer_config.json`, `special_tokens_map.json` and
/// `added_tokens.json` where they are. @param folder a tokenizer's or a model's folder (a `tokenizer/` inside it is found)
/// @param learned tokens that are given the next ids, one each: textual inversion's placeholders (transformers: add_tokens)
/// @throws InputError (file, field, expected, found), also for a learned token that the vocabulary already has
std::unique_ptr<Tokenizer> load_tokenizer(const std::filesystem::path& folder, const std::vector<std::string>& learned = {});

/// SHA-256 over the files that load_tokenizer() reads: what tells one tokenizer's ids from another's.
std::string tokenizer_digest(const std::filesystem::path& folder);

} // namespace cxr
