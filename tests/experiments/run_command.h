/// @file
/// Runs a command of experiments/ as the program would.
#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "experiments/commands.h"

namespace cxr::test {

/// The options, and those defaults that they do not name.
inline std::vector<std::string> with_defaults(std::vector<std::string> options,
                                              const std::vector<std::pair<std::string, std::string>>& defaults) {
  for (const auto& [name, value] : defaults) {
    if (std::ranges::find(options, name) == options.end()) options.insert(options.end(), {name, value});
  }
  return options;
}

/// Expects the command to be done. @param make generate_command, …  @param name the command's own, "generate"
template <typename Make>
void run_command(Make&& make, const std::string& name, std::vector<std::string> options) {
  options.insert(options.begin(), {name, "--quiet"});
  CLI::App root;
  const auto command = make(root);
  std::ranges::reverse(options); // as CLI11 takes them
  root.parse(std::move(options));
  EXPECT_EQ(command.run(), kDone);
}

} // namespace cxr::test
