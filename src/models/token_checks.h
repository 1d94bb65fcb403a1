/// @file
/// What every text encoder checks about the tokens it is given, and the extractions they have in common.
#pragma once

#include <torch/types.h>

#include <filesystem>

namespace cxr {

/// @param ids int64 [B,L]  @param mask int64 [B,L] or undefined
/// @throws InputError about `folder` if an id is not in the vocabulary or a text is too long
void check_tokens(const std::filesystem::path& folder, const at::Tensor& ids, const at::Tensor& mask, std::int64_t vocabulary_size,
                  std::int64_t max_tokens);

/// The mean of a text's states over real tokens. @param states [B,L,D]  @param mask int64 [B,L] on the host; undefined: all are
/// real
/// @return float32 [B,D]
at::Tensor mean_over_tokens(const at::Tensor& states, const at::Tensor& mask);

} // namespace cxr
