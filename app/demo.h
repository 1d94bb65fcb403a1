/// @file
/// `cxr demo`: a whole study on built-in phantoms and toy weights, with nothing to download.
#pragma once

#include "app/study_command.h"

namespace cxr {

Subcommand demo_command(CLI::App& parent, OptionQuery has_option);

} // namespace cxr
