/// @file
/// The whole command line: names each subcommand and the folder that it lives in.
#pragma once

#include <string>
#include <vector>

#include "core/options.h"

namespace cxr {

class Program {
 public:
  Program();

  /// Every command of the program, `cxr train unet` as `unet` below `train`.
  const std::vector<Subcommand>& commands() const { return commands_; }

  /// Runs one command. @param arguments those after the program's name  @return an exit status
  /// @throws InputError for a command that does not exist, and whatever the command throws
  int run(const std::vector<std::string>& arguments);

  /// Whether the command that the arguments begin with has an option. @throws InputError if there is no such command
  bool has_option(const std::vector<std::string>& arguments, const std::string& option) const;

 private:
  /// A command whose work the ranks share, or which is at least collective.
  void add(Subcommand command) { commands_.push_back(std::move(command)); }
  /// A command that one process does: of several ranks the first, for which the others wait.
  void add_for_one(Subcommand command);
  void check_command(const std::vector<std::string>& arguments) const;
  int report(const CLI::ParseError& error) const;

  CLI::App root_;
  std::vector<Subcommand> commands_;
};

} // namespace cxr
