#include "experiments/encoder_checks.h"

#include "core/error.h"

namespace cxr {

std::filesystem::path tokenizer_folder(const std::filesystem::path& encoder) {
  const auto sibling = encoder / ".." / "tokenizer"; // of stable-diffusion/text_encoder
  return encoder.filename() == "text_encoder" && std::filesystem::is_directory(sibling) ? sibling : encoder;
}

std::string encoder_name(const std::filesystem::path& folder) {
  const auto path = folder.lexically_normal();
  return (path.has_filename() ? path : path.parent_path()).filename().string();
}

std::int64_t most_tokens(const Tokenizer& tokenizer, const TextEncoder& encoder) {
  const auto most = encoder.max_tokens();
  return tokenizer.max_length() > 0 ? std::min(tokenizer.max_length(), most) : most;
}

std::int64_t condition_tokens(const Tokenizer& tokenizer, const TextEncoder& encoder) {
  constexpr std::int64_t kClipTokens = 77;
  const auto most = most_tokens(tokenizer, encoder);
  return encoder.has_fixed_length() ? most : std::min(kClipTokens, most);
}

std::int32_t padding_id(const Tokenizer& tokenizer) {
  const auto& special = tokenizer.special();
  return std::max(0, special.pad >= 0 ? special.pad : special.end);
}

void check_vocabulary(const std::filesystem::path& tokenizer, std::int64_t vocabulary_size, const TextEncoder& encoder) {
  if (vocabulary_size <= encoder.vocabulary_size()) return;
  throw InputError(tokenizer.string(), "vocabulary",
                   fmt::format("at most {} ids, the rows of the encoder's embedding", encoder.vocabulary_size()),
                   fmt::format("{}", vocabulary_size));
}

void check_offers(const TextEncoder& encoder, Extraction extraction, const std::filesystem::path& folder) {
  if (encoder.offers(extraction)) return;
  std::vector<std::string> offered;
  for (const auto other : {Extraction::kCls, Extraction::kMean, Extraction::kPooler, Extraction::kSpecific}) {
    if (encoder.offers(other)) offered.push_back(extraction_name(other));
  }
  throw InputError(folder.string(), "extraction", fmt::format("what the checkpoint has: {}", fmt::join(offered, ", ")),
                   extraction_name(extraction));
}

} // namespace cxr
