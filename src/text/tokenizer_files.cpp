#include "text/tokenizer_files.h"

#include "core/error.h"
#include "io/mapped_file.h"
#include "text/special_tokens.h"
#include "text/tokenizer_folder.h"
#include "text/tokenizer_json.h"

namespace cxr {
namespace {

namespace fs = std::filesystem;

/// A tokenizer class of transformers: the roles' tokens unless files name others, and the roles around a text.
struct TokenizerClass {
  TokenizerKind kind;
  TokenRoles roles;
  const char *begin, *end;
};

const TokenizerClass& class_of(TokenizerKind kind) {
  static const TokenizerClass clip{TokenizerKind::kClip,
                                   {{"bos_token", "<|startoftext|>"},
                                    {"eos_token", "<|endoftext|>"},
                                    {"unk_token", "<|endoftext|>"},
                                    {"pad_token", "<|endoftext|>"}},
                                   "bos_token",
                                   "eos_token"};
  static const TokenizerClass bert{TokenizerKind::kWordPiece,
                                   {{"cls_token", "[CLS]"},
                                    {"sep_token", "[SEP]"},
                                    {"unk_token", "[UNK]"},
                                    {"pad_token", "[PAD]"},
                                    {"mask_token", "[MASK]"}},
                                   "cls_token",
                                   "sep_token"};
  static const TokenizerClass roberta{TokenizerKind::kByteBpe,
                                      {{"bos_token", "<s>"},
                                       {"eos_token", "</s>"},
                                       {"cls_token", "<s>"},
                                       {"sep_token", "</s>"},
                                       {"unk_token", "<unk>"},
                                       {"pad_token", "<pad>"},
                                       {"mask_token", "<mask>"}},
                                      "cls_token",
                                      "sep_token"};
  return kind == TokenizerKind::kClip ? clip : kind == TokenizerKind::kWordPiece ? bert : roberta;
}

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
  std::vector<bool> taken(static_cast<std::size_t>(spec.vocabulary_size()));
  for (const auto& [token, id] : spec.vocabulary) taken[static_cast<std::size_t>(id)] = true;
  for (const auto& token : spec.added) taken[static_cast<std::size_t>(token.id)] = true;
  const auto hole = std::ranges::find(taken, false) - taken.begin();
  if (hole < std::ssize(taken)) {
    throw InputError(file, fmt::format("id {}", hole), fmt::format("a token for each id up to {}", taken.size() - 1), "none");
  }
}

/// Gives tokens their ids and roles.
class Naming {
 public:
  Naming(const TokenizerFolder& folder, TokenizerSpec& spec)
      : folder_(folder), spec_(spec), named_(read_named_tokens(folder)), list_(spec.vocabulary), class_(class_of(spec.kind)) {}

  /// @param counts_as_it_stands tokenizer.json's own tokens and ids come first
  void run(bool counts_as_it_stands) {
    if (counts_as_it_stands) {
      for (auto& token : added_tokens_of(*folder_.tokenizer)) list_.add(std::move(token), folder_.tokenizer->path().string(), "added_tokens");
    }
    for (const auto& token : named_.listed) list_.add(token, named_.listed_file, "added_tokens");
    listed_ = list_.tokens();
    for (const char* role : {"bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"}) {
      add_role(role, !counts_as_it_stands);
    }
    for (const auto& token : named_.extra) add_if_new(token, "additional_special_tokens");
    spec_.added = list_.tokens();
    auto& special = spec_.special;
    if (!counts_as_it_stands) {
      special.begin = require(class_.begin);
      special.end = require(class_.end);
      special.unknown = spec_.kind == TokenizerKind::kByteBpe ? id_of("unk_token") : require("unk_token");
      // A vocabulary of all 256 bytes knows everything: RoBERTa leaves out what it lacks.
      if (spec_.kind == TokenizerKind::kClip) spec_.byte_pairs.unknown = special.unknown;
    }
    special.pad = id_of("pad_token");
    special.mask = id_of("mask_token");
    if (special.unknown < 0) special.unknown = id_of("unk_token");
  }

 private:
  // A listed token stays as it is listed. Of two roles' tokens with the same content, the later one's properties hold.
  void add_if_new(const AddedToken& token, const std::string& field) {
    const auto has_content = [&](const AddedToken& other) { return other.content == token.content; };
    if (std::ranges::any_of(listed_, has_content) || std::ranges::find(seen_, token) != seen_.end()) return;
    seen_.push_back(token);
    list_.add(token, named_.roles_file, field);
  }
  // A class's own name for a role counts only if the vocabulary has it.
  void add_role(const std::string& role, bool has_defaults) {
    if (const auto named = named_.roles.find(role); named != named_.roles.end()) return add_if_new(named->second, role);
    const auto usual = class_.roles.find(role);
    if (!has_defaults || usual == class_.roles.end() || list_.find(usual->second) < 0) return;
    add_if_new({.content = usual->second}, role);
  }
  std::string content_of(const std::string& role) const {
    if (const auto named = named_.roles.find(role); named != named_.roles.end()) return named->second.content;
    const auto usual = class_.roles.find(role);
    return usual == class_.roles.end() ? "" : usual->second;
  }
  std::int32_t id_of(const std::string& role) const { return list_.find(content_of(role)); }
  std::int32_t require(const std::string& role) const {
    const auto id = id_of(role);
    if (id < 0) throw InputError(named_.roles_file, role, "a token of the vocabulary", fmt::format("\"{}\", which is none", content_of(role)));
    return id;
  }

  const TokenizerFolder& folder_;
  TokenizerSpec& spec_;
  NamedTokens named_;
  AddedTokenList list_;
  std::vector<AddedToken> listed_, seen_;
  const TokenizerClass& class_;
};

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
      folder.tokenizer->refuse("model.type", fmt::format("the model of a {}", folder.class_name()), model_type_of(*folder.tokenizer));
    }
  }
  if (!folder.tokenizer || known_class) {
    spec.kind = known_class ? *known_class : kind_of_files(folder);
    if (!folder.tokenizer) read_vocabulary_files(folder, spec.kind == TokenizerKind::kWordPiece, spec);
    read_class_options(folder, spec);
  } else {
    read_stages(*folder.tokenizer, spec);
  }
  Naming(folder, spec).run(folder.tokenizer && !known_class);
  read_max_length(folder, spec);
  const auto file = folder.tokenizer ? folder.tokenizer->path().string() : folder.path.string();
  expect_no_holes(spec, file);
  expect_known_ids(spec, file);
  return spec;
}

} // namespace cxr
