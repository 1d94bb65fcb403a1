/// @file
/// Subcommands and their options: what CLI11 lacks for ours. Every option can stand in a TOML file given by `--config`;
/// the command line wins; the resolved configuration is written beside each result.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

namespace cxr {

/// A subcommand: its options, and what it does once they are parsed. Returns an exit status.
struct Subcommand {
  CLI::App* app;
  std::function<int()> run;
};

/// The options of a subcommand that decide its result, as TOML (`key = value` lines in the order of declaration).
/// Options in the group "Execution" (`--out`, `--threads`, `--device`, …) and `--config` are left out: they say where and how,
/// not what.
std::string result_configuration(const CLI::App& app);

/// All options of a subcommand with their resolved values, as TOML that `--config` reads again.
std::string resolved_configuration(const CLI::App& app);

/// The name of the option group whose options do not change a result.
inline constexpr const char* kExecutionGroup = "Execution";

/// Replaces `--config FILE` in `args` (those after the program's name) by the options of the file that `args` do not give.
/// @throws InputError (file, key, expected, found) for a file that is no TOML, an unknown key (with the nearest known one), or a
/// value that is no option's
std::vector<std::string> expand_config(const CLI::App& root, const std::vector<std::string>& args);

} // namespace cxr
