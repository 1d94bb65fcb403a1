#include "text/tokenizer.h"

#include "core/error.h"
#include "text/byte_bpe.h"
#include "text/clip_tokenizer.h"
#include "text/tokenizer_files.h"
#include "text/wordpiece_tokenizer.h"

namespace cxr {

std::vector<std::int32_t> Tokenizer::encode_with_special(std::string_view text, std::int64_t limit) const {
  return with_special(encode(text), limit);
}

std::vector<std::int32_t> Tokenizer::with_special(std::vector<std::int32_t> ids, std::int64_t limit) const {
  expects(limit == 0 || limit >= 2, "with_special: limit {}, expected 0 or at least 2", limit);
  const auto& tokens = special();
  if (limit > 0 && std::ssize(ids) + tokens.around() > limit) ids.resize(limit - tokens.around());
  if (tokens.begin >= 0) ids.insert(ids.begin(), tokens.begin);
  if (tokens.end >= 0) ids.push_back(tokens.end);
  return ids;
}

std::unique_ptr<Tokenizer> load_tokenizer(const std::filesystem::path& folder, const std::vector<std::string>& learned) {
  auto spec = read_tokenizer_files(folder);
  for (const auto& token : learned) {
    const auto listed = std::ranges::find(spec.added, token, &AddedToken::content);
    const auto known = listed != spec.added.end() ? listed->id : find_token(spec.vocabulary, token);
    if (known >= 0)
      throw InputError(folder.string(), token, "a learned token that the vocabulary lacks", fmt::format("id {}", known));
    spec.added.push_back({.content = token, .id = static_cast<std::int32_t>(spec.vocabulary_size()), .normalized = true});
  }
  switch (spec.kind) {
    case TokenizerKind::kClip:
      return std::make_unique<ClipTokenizer>(spec);
    case TokenizerKind::kWordPiece:
      return std::make_unique<WordPieceTokenizer>(spec);
    case TokenizerKind::kByteBpe:
      return std::make_unique<ByteBpe>(spec);
  }
  throw LogicError("load_tokenizer: an unknown kind");
}

} // namespace cxr
