/// @file
/// The subcommands of `cxr prep`, one a source.
#pragma once

#include "core/options.h"

namespace cxr {

/// CheXpert v1.0, full size or -small: its CSV, labels and JPEGs.
Subcommand prep_chexpert_command(CLI::App& prep);
/// MIMIC-CXR (DICOM) or MIMIC-CXR-JPG: metadata, split and label tables, reports.
Subcommand prep_mimic_command(CLI::App& prep);
/// A folder of JPEG, PNG and DICOM files, with a table of labels if there is one.
Subcommand prep_folder_command(CLI::App& prep);
/// MIMIC-CXR's reports (folders or zip), or a file with a report a line, as a text set.
Subcommand prep_reports_command(CLI::App& prep);
/// LAION's prompts (Parquet, or img2dataset's tar files) as a text set.
Subcommand prep_laion_command(CLI::App& prep);
/// Procedural radiographs.
Subcommand prep_phantom_command(CLI::App& prep);

} // namespace cxr
