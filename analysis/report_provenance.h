/// @file
/// Where a report's numbers come from: the runs behind each table, what is known of each run, and all steps of the study.
#pragma once

#include <string>
#include <vector>

#include "analysis/report_view.h"
#include "analysis/run_record.h"
#include "analysis/table_sources.h"

namespace cxr {

/// A closed `details`: by arm, encoder or method the results behind a table and those that these rest on, each with its command,
/// seed, ranks, time and machine, and a link to the rest in runs_html(). Adds the results to `records`. @throws InputError
std::string sources_html(const std::vector<TableSource>& sources, RunRecords& records, const ReportView& view);

/// Of each record everything, configuration and digests among it, in a closed `details` that sources_html() links to.
std::string runs_html(const RunRecords& records, const ReportView& view);

/// All steps of the study, a row each; a sentence if it was made without.
std::string steps_html(const std::vector<StepFile>& steps, const ReportView& view);

} // namespace cxr
