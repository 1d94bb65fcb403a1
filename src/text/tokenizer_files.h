/// @file
/// What a tokenizer's folder says, whichever of Hugging Face's layouts it has.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "text/added_tokens.h"
#include "text/byte_pair_merges.h"
#include "text/tokenizer.h"
#include "text/vocabulary.h"

namespace cxr {

enum class TokenizerKind { kClip, kWordPiece, kByteBpe };

/// BERT's clean-up and pieces.
struct WordPieceOptions {
  bool clean_text = true;           ///< drop control characters; each blank is a space
  bool handle_chinese_chars = true; ///< each ideograph is a word
  bool strip_accents = true;
  bool lowercase = true;
  std::string prefix = "##";         ///< of pieces that do not begin a word
  std::int64_t max_characters = 100; ///< a longer word is unknown
};

struct TokenizerSpec {
  TokenizerKind kind;
  TokenIds vocabulary;
  std::vector<Merge> merges;
  std::vector<AddedToken> added; ///< each with its id
  SpecialTokens special;
  std::int64_t max_length = 0;
  WordPieceOptions word_piece;
  BytePairOptions byte_pairs;
  std::string merges_file; ///< where the merges stand, for errors

  /// One more than the largest id.
  std::int64_t vocabulary_size() const;
};

/// Reads a folder as transformers' AutoTokenizer does. `tokenizer_config.json` (`tokenizer_class`), else `config.json`
/// (`model_type`) says whether it is a CLIPTokenizer, BertTokenizer or RobertaTokenizer: then the vocabulary and merges of
/// `tokenizer.json`, or else `vocab.txt`, or `vocab.json` and `merges.txt`, are taken with the options of `tokenizer_config.json`.
/// For any other class `tokenizer.json` counts as it stands; without one, the kind follows from the files.
/// @throws InputError
TokenizerSpec read_tokenizer_files(const std::filesystem::path& folder);

} // namespace cxr
