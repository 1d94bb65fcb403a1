/// @file
/// The losses of trainings as drawings in a page.
#pragma once

#include <string>
#include <vector>

#include "analysis/report_view.h"
#include "analysis/run_record.h"

namespace cxr {

/// A curve of each training among the records that has a loss.csv; empty if none has. @throws InputError for a loss.csv of another
/// form
std::string losses_html(const std::vector<RunRecord>& records, const ReportView& view);

} // namespace cxr
