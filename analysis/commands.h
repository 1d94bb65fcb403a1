/// @file
/// The subcommands that read what runs left behind.
#pragma once

#include "core/options.h"

namespace cxr {

/// `cxr merge RUN`: a run's shards to its results.h5.
Subcommand merge_command(CLI::App& parent);
/// `cxr tables STUDY`: the paper's tables beside the published values.
Subcommand tables_command(CLI::App& parent);
/// `cxr figures STUDY`: the paper's figures.
Subcommand figures_command(CLI::App& parent);
/// `cxr report STUDY`: all of a study as one HTML file.
Subcommand report_command(CLI::App& parent);
/// `cxr info FILE_OR_FOLDER`: what a set, shard, results, run, study, model folder or checkpoint holds.
Subcommand info_command(CLI::App& parent);

} // namespace cxr
