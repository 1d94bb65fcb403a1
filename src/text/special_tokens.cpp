#include "text/special_tokens.h"

#include "core/error.h"

namespace cxr {
namespace {

using nlohmann::json;

constexpr const char* kRoles[] = {"bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"};

// A token given by its content, or with its properties. A special one is not normalised unless it says so.
AddedToken parse_token(const json& value, bool is_special, const JsonFile& file, const std::string& field) {
  AddedToken token;
  if (value.is_string()) {
    token.content = value.get<std::string>();
    return token;
  }
  const auto content = value.is_object() ? value.find("content") : value.end();
  if (!value.is_object() || content == value.end() || !content->is_string()) {
    file.refuse(field, "a token, or an object with its content", value.dump());
  }
  token.content = content->get<std::string>();
  const auto flag = [&](const char* name, bool fallback) {
    const auto found = value.find(name);
    if (found == value.end() || found->is_null()) return fallback;
    if (!found->is_boolean()) file.refuse(fmt::format("{}.{}", field, name), "true or false", found->dump());
    return found->get<bool>();
  };
  token.single_word = flag("single_word", false);
  token.lstrip = flag("lstrip", false);
  token.rstrip = flag("rstrip", false);
  token.normalized = flag("normalized", !flag("special", is_special));
  return token;
}

std::int32_t parse_id(const std::string& text, const JsonFile& file, const std::string& field) {
  const bool is_number = !text.empty() && text.size() < 10 && text.find_first_not_of("0123456789") == text.npos;
  if (!is_number) file.refuse(field, "an id", text);
  return std::stoi(text);
}

void read_roles(const JsonFile& file, bool is_special, NamedTokens& named) {
  for (const auto* role : kRoles) {
    if (file.has(role)) named.roles[role] = parse_token(file.root().at(role), is_special, file, role);
  }
  for (const auto* field : {"additional_special_tokens", "extra_special_tokens"}) {
    if (!file.has(field)) continue;
    for (const auto& token : file.root().at(field)) named.extra.push_back(parse_token(token, true, file, field));
  }
  named.roles_file = file.path().string();
}

using ById = std::map<std::int32_t, AddedToken>;

void list(ById& listed, AddedToken token, std::int32_t id) {
  token.id = id;
  listed[id] = std::move(token);
}

void read_decoder(const JsonFile& file, ById& listed) {
  for (const auto& [id, token] : file.root().at("added_tokens_decoder").items()) {
    const auto field = fmt::format("added_tokens_decoder.{}", id);
    list(listed, parse_token(token, false, file, field), parse_id(id, file, field));
  }
}

bool is_named(const NamedTokens& named, const std::string& content) {
  return std::ranges::any_of(named.roles, [&](const auto& role) { return role.second.content == content; }) ||
         std::ranges::any_of(named.extra, [&](const auto& token) { return token.content == content; });
}

void read_added_tokens(const JsonFile& file, const NamedTokens& named, ById& listed) {
  for (const auto& [content, id] : file.root().items()) {
    AddedToken token{.content = content, .normalized = !is_named(named, content)};
    list(listed, std::move(token), parse_id(id.dump(), file, fmt::format("\"{}\"", content)));
  }
}

} // namespace

std::vector<AddedToken> added_tokens_of(const JsonFile& tokenizer) {
  std::vector<AddedToken> tokens;
  if (!tokenizer.has("added_tokens")) return tokens;
  const auto& added = tokenizer.root().at("added_tokens");
  if (!added.is_array()) tokenizer.refuse("added_tokens", "an array", added.type_name());
  for (std::size_t i = 0; i < added.size(); ++i) {
    const auto field = fmt::format("added_tokens[{}]", i);
    tokens.push_back(parse_token(added[i], false, tokenizer, field));
    const auto id = added[i].is_object() ? added[i].value("id", json()) : json();
    tokens.back().id = parse_id(id.dump(), tokenizer, field + ".id");
  }
  return tokens;
}

NamedTokens read_named_tokens(const TokenizerFolder& folder) {
  NamedTokens named;
  named.roles_file = named.listed_file = folder.path.string();
  ById listed;
  if (folder.configuration) read_roles(*folder.configuration, false, named);
  if (folder.configuration && folder.configuration->has("added_tokens_decoder")) {
    read_decoder(*folder.configuration, listed);
    named.listed_file = folder.configuration->path().string();
  } else {
    if (folder.special_tokens_map) read_roles(*folder.special_tokens_map, true, named);
    if (folder.added_tokens) read_added_tokens(*folder.added_tokens, named, listed);
    if (folder.added_tokens) named.listed_file = folder.added_tokens->path().string();
    if (folder.tokenizer) {
      named.listed_file = folder.tokenizer->path().string();
      for (auto& token : added_tokens_of(*folder.tokenizer)) {
        const auto id = token.id;
        list(listed, std::move(token), id);
      }
    }
  }
  for (auto& [id, token] : listed) named.listed.push_back(std::move(token));
  return named;
}

void AddedTokenList::add(AddedToken token, const std::string& file, const std::string& field) {
  const auto stated = token.id;
  token.id = find(token.content);
  if (token.id < 0 && stated >= 0) token.id = next_id();
  if (token.id < 0) throw InputError(file, field, "a token of the vocabulary", fmt::format("\"{}\"", token.content));
  if (stated >= 0 && stated != token.id) {
    throw InputError(file, fmt::format("\"{}\"", token.content), fmt::format("id {}", token.id), fmt::format("id {}", stated));
  }
  std::erase_if(tokens_, [&](const AddedToken& other) { return other.content == token.content; });
  tokens_.push_back(std::move(token));
}

std::int32_t AddedTokenList::find(const std::string& content) const {
  const auto added = std::ranges::find(tokens_, content, &AddedToken::content);
  return added != tokens_.end() ? added->id : find_token(vocabulary_, content);
}

std::int32_t AddedTokenList::next_id() const {
  auto next = static_cast<std::int32_t>(vocabulary_.size());
  for (const auto& token : tokens_) next = std::max(next, token.id + 1);
  return next;
}

} // namespace cxr
