/// @file
/// Texts with placeholders: "{key}" stands for a value of the study, "{out.train-{key}}" for what another step makes.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace cxr::study {

/// What a name stands for: one text, or a list of words.
struct Value {
  std::vector<std::string> words;
  bool is_list = false;
};

/// The value of a name, which may hold placeholders itself. @throws InputError for a name that there is none of
using Lookup = std::function<Value(const std::string& name)>;

/// `text` with each placeholder replaced, the innermost first. @throws InputError for an unpaired brace, a list within a text, or
/// names that stand for each other in a circle  @param place what messages call the text: "demo.toml: step samples"
std::string expand(const std::string& text, const Lookup& lookup, const std::string& place);

/// The words of a value: each expanded, and a word that is nothing but the name of a list replaced by its words.
std::vector<std::string> expand_words(const std::vector<std::string>& words, const Lookup& lookup, const std::string& place);

/// Words as a shell would tell them apart: by spaces outside '…' and "…". @throws InputError for a quote that does not end
std::vector<std::string> split_words(const std::string& command, const std::string& place);

/// The command as a shell takes it.
std::string join_words(const std::vector<std::string>& words);

} // namespace cxr::study
