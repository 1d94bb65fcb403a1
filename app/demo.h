/// @file
/// `cxr demo`: a whole study on built-in phantoms and toy weights, with nothing to download.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/options.h"

namespace cxr {

/// Runs one command of the program in this process: {"reconstruct", "--model", …}. Returns its exit status.
using CommandRunner = std::function<int(const std::vector<std::string>& arguments)>;

Subcommand demo_command(CLI::App& parent, CommandRunner run);

} // namespace cxr
