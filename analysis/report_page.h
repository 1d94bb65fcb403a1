/// @file
/// A study as one page that needs neither the program nor the network.
#pragma once

#include <string>
#include <vector>

#include "analysis/report_view.h"
#include "analysis/study.h"
#include "analysis/table.h"

namespace cxr {

/// The page of a study: its notice, a summary, tables, figures, sample images, losses, and where each number comes from.
/// @param tables of study_tables()
/// @throws InputError for a step, a run or an image set that is not what it should be
std::string report_page(const Study& study, const std::vector<Table>& tables, const ReportView& view);

} // namespace cxr
