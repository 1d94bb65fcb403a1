/// @file
/// What the fuzz targets of the three tokenizers share. An input is a text; or, after the letter F and another that names it, one
/// of the files of a tokenizer's folder, whose other files are whole.
#pragma once

#include <map>

#include "core/error.h"
#include "support/memory_file.h"
#include "support/temporary_folder.h"
#include "text/tokenizer.h"

namespace cxr::test {

class TokenizerTarget {
 public:
  /// @param files, json folders of tests/fixtures/tokenizers: one of single files and one of tokenizer.json alone
  TokenizerTarget(const std::string& files, const std::string& json) : tokenizer_(load_tokenizer(fixture(files))) {
    for (const auto& [letter, name] : kFiles) {
      const auto source = fixture(letter == 't' ? json : files);
      std::filesystem::copy(source, folders_[letter].path(), std::filesystem::copy_options::recursive);
    }
  }

  void run(std::string_view input) {
    if (input.size() < 2 || input[0] != 'F' || !kFiles.contains(input[1])) return encode(*tokenizer_, input);
    const auto& folder = folders_.at(input[1]);
    spill(folder / kFiles.at(input[1]), input.substr(2));
    try {
      const auto tokenizer = load_tokenizer(folder.path());
      encode(*tokenizer, "Small left effusion <mask> [MASK] <|endoftext|> \xff\xc3\xa9 3.5 cm");
    } catch (const InputError& error) {
      if (std::string_view(error.what()).find('\n') != std::string_view::npos) throw LogicError("an error of several lines");
    }
  }

 private:
  inline static const std::map<char, std::string> kFiles = {
      {'a', "added_tokens.json"},       {'c', "tokenizer_config.json"}, {'j', "vocab.json"}, {'m', "merges.txt"},
      {'s', "special_tokens_map.json"}, {'t', "tokenizer.json"},        {'v', "vocab.txt"}};

  static std::filesystem::path fixture(const std::string& name) {
    return std::filesystem::path(CXR_FIXTURES) / "tokenizers" / name;
  }

  // Ids are the vocabulary's, and the same when words come from the cache.
  static void encode(const Tokenizer& tokenizer, std::string_view text) {
    const std::vector<char> block(text.begin(), text.end()); // of just that size, so that the address sanitizer sees a read past it
    const std::string_view bounded(block.data(), block.size());
    const auto ids = tokenizer.encode(bounded);
    for (const auto id : ids) {
      if (id < 0 || id >= tokenizer.vocabulary_size()) throw LogicError(fmt::format("id {}", id));
    }
    if (tokenizer.encode(bounded) != ids) throw LogicError("other ids the second time");
    if (tokenizer.encode_with_special(bounded, 8).size() > 8) throw LogicError("more ids than the limit");
  }

  std::unique_ptr<Tokenizer> tokenizer_;
  std::map<char, TemporaryFolder> folders_;
};

} // namespace cxr::test
