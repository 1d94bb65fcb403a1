/// @file
/// Tokenised texts as the batches that an encoder reads.
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <vector>

namespace cxr {

/// Texts of nearly one length.
struct TokenBatch {
  at::Tensor rows; ///< int64 [n]: which of the texts these are
  at::Tensor ids;  ///< int64 [n,L]
  at::Tensor mask; ///< int64 [n,L], 1 for real tokens
};

/// Cuts texts into batches of at most `budget` tokens, padding counted, the longest texts first; texts of one length stay in order.
/// Every batch holds at least one text.
/// @param texts ids of each text with its special tokens; none is empty
/// @param pad the id behind a text's end
/// @param length pads every text to this many tokens; 0: to the longest of its batch
std::vector<TokenBatch> token_batches(const std::vector<std::vector<std::int32_t>>& texts, std::int64_t budget, std::int32_t pad,
                                      std::int64_t length = 0);

} // namespace cxr
