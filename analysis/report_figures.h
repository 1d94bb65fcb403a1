/// @file
/// The figures and sample images of a report.
#pragma once

#include <string>

#include "analysis/report_view.h"
#include "analysis/study.h"

namespace cxr {

/// What `cxr figures` left in STUDY/figures, in the paper's order, each with a caption, as data URIs; a sentence if there is
/// nothing. Where images may not be shown, the figures of numbers alone.
std::string figures_html(const Study& study, const ReportView& view);

/// Of each method the first images of each prompt, scaled down. Empty if there are no methods, or images may not be shown.
/// @throws InputError for a run without images
std::string samples_html(const Study& study, const ReportView& view);

} // namespace cxr
