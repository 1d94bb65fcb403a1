#include "text/tokenizer_folder.h"

#include "core/digest.h"
#include "core/digest_list.h"
#include "core/error.h"
#include "text/tokenizer.h"

namespace cxr {
namespace {

namespace fs = std::filesystem;

bool has_vocabulary(const fs::path& folder) {
  return fs::exists(folder / "tokenizer.json") || fs::exists(folder / "vocab.txt") || fs::exists(folder / "vocab.json");
}

std::optional<JsonFile> open_if_there(const fs::path& path) {
  return fs::exists(path) ? std::optional<JsonFile>(path) : std::nullopt;
}

// The tokenizer that transformers gives a model whose tokenizer's files name none.
std::string class_of_model(const std::string& model_type) {
  if (model_type == "clip") return "CLIPTokenizer";
  if (model_type == "bert" || model_type == "cxr-bert") return "BertTokenizer";
  return model_type == "roberta" ? "RobertaTokenizer" : "";
}

} // namespace

TokenizerFolder TokenizerFolder::open(const fs::path& folder) {
  if (!fs::is_directory(folder)) throw InputError(folder.string(), "", "a tokenizer's folder", "no such folder");
  const auto inner = folder / "tokenizer";
  const auto path = !has_vocabulary(folder) && has_vocabulary(inner) ? inner : folder;
  if (!has_vocabulary(path)) {
    throw InputError(folder.string(), "", "tokenizer.json, vocab.txt, or vocab.json and merges.txt", "none of them");
  }
  return {path,
          open_if_there(path / "tokenizer.json"),
          open_if_there(path / "tokenizer_config.json"),
          open_if_there(path / "special_tokens_map.json"),
          open_if_there(path / "added_tokens.json"),
          open_if_there(path / "config.json")};
}

std::string TokenizerFolder::class_name() const {
  auto name = configuration ? configuration->get_or<std::string>("tokenizer_class", "") : "";
  if (name.empty() && model) name = model->get_or<std::string>("tokenizer_class", "");
  if (name.empty()) return model ? class_of_model(model->get_or<std::string>("model_type", "")) : "";
  if (name.ends_with("Fast")) name.resize(name.size() - 4);
  return name == "CXRBertTokenizer" ? "BertTokenizer" : name; // Microsoft's own class, which adds nothing to ids
}

std::string tokenizer_digest(const fs::path& folder) {
  const auto path = TokenizerFolder::open(folder).path;
  std::string digests;
  for (const char* name : {"tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "config.json",
                           "vocab.txt", "vocab.json", "merges.txt"}) {
    if (fs::exists(path / name)) digests += fmt::format("{} {}\n", name, checked_digest(path / name));
  }
  return sha256(digests);
}

} // namespace cxr
