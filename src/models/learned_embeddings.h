/// @file
/// Token embeddings that textual inversion learned (Gal et al. 2022): a placeholder token, and the vectors that stand for it.
#pragma once

#include <torch/types.h>

#include <filesystem>
#include <string>
#include <vector>

namespace cxr {

struct LearnedEmbedding {
  std::string token;  ///< the placeholder as prompts spell it, "<lung-xray>"
  at::Tensor vectors; ///< float32 [n,D], n ≥ 1

  /// A token for each vector: the placeholder, then placeholder_1, placeholder_2, … (diffusers, load_textual_inversion).
  std::vector<std::string> tokens() const;
};

/// Reads `learned_embeds.safetensors` or `.bin` with the placeholder as its one key ([D] or [n,D]), or the older form of a `.bin`:
/// its `name`, and the vectors under "*" in `string_to_param`. Nothing is executed.
/// @throws InputError for any other content, numbers that are not finite, and whatever the readers refuse
LearnedEmbedding read_learned_embedding(const std::filesystem::path& file);

} // namespace cxr
