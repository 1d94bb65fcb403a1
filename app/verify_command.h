/// @file
/// `cxr verify PATH…`: files against the checksums and digests that were recorded of them. Exit status 1 if one does not agree.
#pragma once

#include "core/options.h"

namespace cxr {

Subcommand verify_command(CLI::App& parent);

} // namespace cxr
