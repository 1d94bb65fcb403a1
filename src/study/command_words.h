/// @file
/// The options of a command's words: what a plan reads and changes of a step.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace cxr::study {

/// Words such as {"generate", "--prompt", "a", "b", "--n=3"}. An option's values are the words behind it up to the next option.
class CommandWords {
 public:
  explicit CommandWords(const std::vector<std::string>& words);

  /// "generate", "train unet"
  const std::string& command() const { return command_; }
  bool has(const std::string& option) const;
  /// All values that an option has, wherever it is repeated.
  std::vector<std::string> values(const std::string& option) const;
  /// The last value of an option; none if it has none.
  std::optional<std::string> value(const std::string& option) const;
  /// As a number. @throws InputError if it is none
  std::optional<double> number(const std::string& option) const;

  void drop(const std::string& option);
  /// In place of what it had, or behind all others.
  void set(const std::string& option, const std::string& value);

  std::vector<std::string> words() const;

 private:
  struct Option {
    std::string name;
    std::vector<std::string> values;
  };
  std::string command_;
  std::vector<std::string> positionals_;
  std::vector<Option> options_;
};

} // namespace cxr::study
