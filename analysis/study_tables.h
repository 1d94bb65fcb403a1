/// @file
/// All tables of a study, and the options of the commands that make them.
#pragma once

#include <vector>

#include <CLI/CLI.hpp>

#include "analysis/generated_tables.h"
#include "analysis/study.h"
#include "analysis/table.h"

namespace cxr {

/// By arm the quality summary, Table 1 or 6 (and of raw scores) and the distances of its reconstructions; Tables 2 and 3; Tables 4
/// and 5 and the further measures of generated images: each kind that the study has runs of. @throws InputError
std::vector<Table> study_tables(const Study& study, const BootstrapOptions& options, NoteDetail detail = NoteDetail::kAll);

/// `--resamples` and `--seed`, of the tables' intervals.
void add_bootstrap_options(CLI::App& app, BootstrapOptions& options);

} // namespace cxr
