/// @file
/// Tokens that are found in a text before it is split into words: the special ones and those added to a vocabulary.
/// Reference: tokenizers, src/tokenizer/added_vocabulary.rs.
#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cxr {

struct AddedToken {
  std::string content;
  std::int32_t id = -1;
  bool single_word = false; ///< only where no word character stands on either side
  bool lstrip = false;      ///< takes the blanks before it along
  bool rstrip = false;      ///< … and those after it
  bool normalized = false;  ///< is itself normalised, and sought in the normalised text
  bool operator==(const AddedToken&) const = default;
};

/// Splits texts at the leftmost, then longest, occurrence of any of its tokens.
class AddedTokens {
 public:
  /// A part of a text: a token, or, with id -1, what stands between tokens (never empty).
  struct Piece {
    std::string_view text;
    std::int32_t id;
  };

  AddedTokens() = default;
  /// @param tokens where two have the same content the first counts; empty ones are never found
  explicit AddedTokens(std::vector<AddedToken> tokens);

  bool empty() const { return tokens_.empty(); }
  /// @param text valid UTF-8  @param pieces what was there is dropped
  void split(std::string_view text, std::vector<Piece>& pieces) const;

 private:
  const AddedToken* match_at(std::string_view text, std::size_t at) const;

  std::vector<AddedToken> tokens_; ///< by first byte, longest first
  std::bitset<256> first_bytes_;
  std::array<std::uint32_t, 257> begin_{}; ///< tokens_ of first byte b: [begin_[b], begin_[b + 1])
};

} // namespace cxr
