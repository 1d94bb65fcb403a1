/// @file
/// Which of CLIP's token states each token state of another encoder is to become: the two cut a text into different tokens.
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <span>
#include <string>

namespace cxr {

/// Both sequences hold a text's n or m tokens, special ones included, and then padding.
enum class TokenPairing {
  kPosition,    ///< the i-th becomes the i-th, padding among them: the loss is then that of the condition that a U-Net reads
  kCommon,      ///< the same, but only as far as both texts go: padding does not count
  kInterpolate, ///< the i-th of n becomes the state at place i (m - 1) / (n - 1), between two neighbours where that is no whole
                ///< number: begin and end meet, and words about; padding likewise becomes padding
};

/// "position", "common", "interpolate". @throws InputError (`--pairing`) for another name
TokenPairing parse_token_pairing(const std::string& name);

struct PairedTokens {
  at::Tensor target; ///< [n,S,D]: what each of S states is to become
  at::Tensor weight; ///< float32 [n,S]: 1 for those that count, else 0
};

/// @param target [n,T,D] CLIP's states  @param target_lengths, source_lengths [n]: tokens of each text, at least 1
/// @param source_size S: tokens of a text of the other encoder, padding included
PairedTokens pair_tokens(TokenPairing pairing, const at::Tensor& target, std::span<const std::int64_t> target_lengths,
                         std::span<const std::int64_t> source_lengths, std::int64_t source_size);

} // namespace cxr
