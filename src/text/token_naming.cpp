#include "text/token_naming.h"

#include "core/error.h"
#include "text/special_tokens.h"

namespace cxr {
namespace {

/// A tokenizer class of transformers: the roles' tokens unless files name others, and the roles around a text.
struct TokenizerClass {
  TokenRoles roles;
  const char *begin, *end;
};

const TokenizerClass& class_of(TokenizerKind kind) {
  static const TokenizerClass clip{{{"bos_token", "<|startoftext|>"},
                                    {"eos_token", "<|endoftext|>"},
                                    {"unk_token", "<|endoftext|>"},
                                    {"pad_token", "<|endoftext|>"}},
                                   "bos_token",
                                   "eos_token"};
  static const TokenizerClass bert{
      {{"cls_token", "[CLS]"}, {"sep_token", "[SEP]"}, {"unk_token", "[UNK]"}, {"pad_token", "[PAD]"}, {"mask_token", "[MASK]"}},
      "cls_token",
      "sep_token"};
  static const TokenizerClass roberta{{{"bos_token", "<s>"},
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

/// Gives tokens their ids and roles.
class Naming {
 public:
  Naming(const TokenizerFolder& folder, TokenizerSpec& spec)
      : folder_(folder), spec_(spec), named_(read_named_tokens(folder)), list_(spec.vocabulary), class_(class_of(spec.kind)) {}

  void run(bool as_it_stands) {
    if (as_it_stands) {
      for (auto& token : added_tokens_of(*folder_.tokenizer))
        list_.add(std::move(token), folder_.tokenizer->path().string(), "added_tokens");
    }
    for (const auto& token : named_.listed) list_.add(token, named_.listed_file, "added_tokens");
    listed_ = list_.tokens();
    for (const char* role : {"bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"}) {
      add_role(role, !as_it_stands);
    }
    for (const auto& token : named_.extra) add_if_new(token, "additional_special_tokens");
    spec_.added = list_.tokens();
    auto& special = spec_.special;
    if (!as_it_stands) {
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
    if (id < 0)
      throw InputError(named_.roles_file, role, "a token of the vocabulary",
                       fmt::format("\"{}\", which is none", content_of(role)));
    return id;
  }

  const TokenizerFolder& folder_;
  TokenizerSpec& spec_;
  NamedTokens named_;
  AddedTokenList list_;
  std::vector<AddedToken> listed_, seen_;
  const TokenizerClass& class_;
};

} // namespace

void name_tokens(const TokenizerFolder& folder, bool as_it_stands, TokenizerSpec& spec) { Naming(folder, spec).run(as_it_stands); }

} // namespace cxr
