#include "text/tokenizer_files.h"

#include "core/error.h"
#include "io/mapped_file.h"
#include "text/token_naming.h"
#include "text/tokenizer_folder.h"
#include "text/tokenizer_json.h"

namespace cxr {
namespace {

namespace fs = std::filesystem;

std::optional<TokenizerKind> kind_of_class(const std::string& name) {
  if (name == "CLIPTokenizer") return TokenizerKind::kClip;
  if (name == "BertTokenizer") return TokenizerKind::kWordPiece;
  if (name == "RobertaTokenizer") return TokenizerKind::kByteBpe;
  return std::nullopt;
}

// vocab.json and merges.txt, or vocab.txt, by what the kind needs.
void read_vocabulary_files(const TokenizerFolder& folder, bool is_word_piece, TokenizerSpec& spec) {
  const auto require = [&](const char* name) {
    if (!folder.has(name)) throw InputError(folder.path.string(), "", name, "no such file");
    return folder.path / name;
  };
  if (is_word_piece) {
    const auto path = require("vocab.txt");
    spec.vocabulary = parse_vocabulary_lines(map_file(path).text(), path.string());
    return;
  }
  const JsonFile vocabulary(require("vocab.json"));
  const auto merges = require("merges.txt");
  spec.vocabulary = parse_vocabulary_object(vocabulary.root(), vocabulary.path().string(), "");
  spec.merges_file = merges.string();
  spec.merges = parse_merge_lines(map_file(merges).text(), spec.merges_file);
}

// Where no file names a class: the vocabulary of CLIP marks the ends of words.
TokenizerKind kind_of_files(const TokenizerFolder& folder) {
  if (folder.has("vocab.txt")) return TokenizerKind::kWordPiece;
  const JsonFile vocabulary(folder.path / "vocab.json");
  const auto ends_word = [](const auto& item) { return item.key().ends_with("</w>"); };
  const auto items = vocabulary.root().items();
  return std::any_of(items.begin(), items.end(), ends_word) ? TokenizerKind::kClip : TokenizerKind::kByteBpe;
}

// What a class of transformers makes of its options.
void read_class_options(const TokenizerFolder& folder, TokenizerSpec& spec) {
  const auto flag = [&](const char* name, bool fallback) {
    return folder.configuration ? folder.configuration->get_or<bool>(name, fallback) : fallback;
  };
  spec.word_piece.lowercase = flag("do_lower_case", true);
  spec.word_piece.strip_accents = flag("strip_accents", spec.word_piece.lowercase);
  spec.word_piece.handle_chinese_chars = flag("tokenize_chinese_chars", true);
  if (spec.kind == TokenizerKind::kClip) spec.byte_pairs.end_of_word_suffix = "</w>";
  spec.byte_pairs.add_prefix_space = spec.kind == TokenizerKind::kByteBpe && flag("add_prefix_space", false);
}

void read_max_length(const TokenizerFolder& folder, TokenizerSpec& spec) {
  constexpr double kNoLimit = 1e9; // transformers writes 1e30 where there is none
  if (!folder.configuration || !folder.configuration->has("model_max_length")) return;
  const auto length = folder.configuration->require<double>("model_max_length");
  if (length < kNoLimit) spec.max_length = static_cast<std::int64_t>(length);
}

// Every id has a token.
void expect_no_holes(const TokenizerSpec& spec, const std::string& file) {
  const auto size = spec.vocabulary_size();
  const auto tokens = static_cast<std::int64_t>(spec.vocabulary.size() + spec.added.size());
  std::vector<bool> taken(static_cast<std::size_t>(std::min(size, tokens + 1))); // as many tokens leave a hole no further on
  const auto take = [&](std::int32_t id) {
    if (id < std::ssize(taken)) taken[static_cast<std::size_t>(id)] = true;
  };
  for (const auto& [token, id] : spec.vocabulary) take(id);
  for (const auto& token : spec.added) take(token.id);
  const auto hole = std::ranges::find(taken, false) - taken.begin();
  if (hole == std::ssize(taken)) return;
  throw InputError(file, fmt::format("id {}", hole), fmt::format("a token for each id up to {}", size - 1), "none");
}

void expect_known_ids(const TokenizerSpec& spec, const std::string& file) {
  for (const auto id : {spec.special.begin, spec.special.end}) {
    if (id >= spec.vocabulary_size()) throw InputError(file, "post_processor", "ids of the vocabulary", fmt::format("{}", id));
  }
}

} // namespace

std::int64_t TokenizerSpec::vocabulary_size() const {
  std::int64_t size = 0;
  for (const auto& [token, id] : vocabulary) size = std::max<std::int64_t>(size, id + 1);
  for (const auto& token : added) size = std::max<std::int64_t>(size, token.id + 1);
  return size;
}

TokenizerSpec read_tokenizer_files(const fs::path& path) {
  const auto folder = TokenizerFolder::open(path);
  const auto known_class = kind_of_class(folder.class_name());
  TokenizerSpec spec;
  if (folder.tokenizer) {
    read_model(*folder.tokenizer, spec);
    const bool is_word_piece = model_type_of(*folder.tokenizer) == "WordPiece";
    if (known_class && (*known_class == TokenizerKind::kWordPiece) != is_word_piece) {
      folder.tokenizer->refuse("model.type", fmt::format("the model of a {}", folder.class_name()),
                               model_type_of(*folder.tokenizer));
    }
  }
  if (!folder.tokenizer || known_class) {
    spec.kind = known_class ? *known_class : kind_of_files(folder);
    if (!folder.tokenizer) read_vocabulary_files(folder, spec.kind == TokenizerKind::kWordPiece, spec);
    read_class_options(folder, spec);
  } else {
    read_stages(*folder.tokenizer, spec);
  }
  name_tokens(folder, folder.tokenizer && !known_class, spec);
  read_max_length(folder, spec);
  const auto file = folder.tokenizer ? folder.tokenizer->path().string() : folder.path.string();
  expect_no_holes(spec, file);
  expect_known_ids(spec, file);
  return spec;
}

} // namespace cxr
