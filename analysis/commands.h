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

/// `cxr reader-study export`: a page on which a reader scores pairs of original and reconstruction, and its key.
Subcommand reader_study_export_command(CLI::App& reader_study);
/// `cxr reader-study import`: the readers' scores as tables, beside the published values.
Subcommand reader_study_import_command(CLI::App& reader_study);

} // namespace cxr
