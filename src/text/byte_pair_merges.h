/// @file
/// Byte-pair encoding of one word (Sennrich et al. 2016). Reference: tokenizers, src/models/bpe/model.rs and word.rs.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "text/vocabulary.h"

namespace cxr {

struct BytePairOptions {
  std::string end_of_word_suffix;     ///< "</w>" (CLIP) or none
  std::int32_t unknown = -1;          ///< for a byte that the vocabulary lacks; -1: such bytes are left out
  bool fuse_unknown = false;          ///< one `unknown` for a run of such bytes
  bool add_prefix_space = false;      ///< a blank before text that does not begin with one
  bool keeps_special_spelling = true; ///< CLIP's words: <|startoftext|> and <|endoftext|> are words of their own
};

class BytePairMerges {
 public:
  /// @param merges in order of rank; of a pair that comes twice the later rank counts
  /// @param file where the merges stand, for errors
  /// @throws InputError for a merge of tokens, or into a token, that the vocabulary lacks
  BytePairMerges(const TokenIds& vocabulary, std::span<const Merge> merges, const BytePairOptions& options,
                 const std::string& file);

  /// Appends the ids of a word, given as its bytes.
  void encode(std::string_view word, std::vector<std::int32_t>& ids) const;

 private:
  struct Result {
    std::int32_t rank, id;
  };
  struct Symbol {
    std::int32_t id;
    std::int32_t previous, next; ///< positions, -1 where there is none
    bool is_merged_away;
  };
  struct Candidate;

  static std::uint64_t pair(std::int32_t left, std::int32_t right) {
    return static_cast<std::uint64_t>(static_cast<std::uint32_t>(left)) << 32 | static_cast<std::uint32_t>(right);
  }
  std::vector<Symbol> symbols_of(std::string_view word) const;
  const Result* find(const std::vector<Symbol>& symbols, std::int32_t left) const;
  void merge(std::vector<Symbol>& symbols) const;

  std::array<std::int32_t, 256> inner_, last_; ///< ids of a word's bytes; of its last one, with the suffix
  std::unordered_map<std::uint64_t, Result> merges_;
  std::int32_t unknown_;
  bool fuse_unknown_;
};

} // namespace cxr
