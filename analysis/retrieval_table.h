/// @file
/// Tables 2 and 3 of the paper: CheXpert@k of the text encoders, in percent.
#pragma once

#include "analysis/compare_with_paper.h"
#include "analysis/retrieval_results.h"
#include "analysis/table.h"

namespace cxr {

/// What Table 3 calls the baseline.
inline constexpr const char* kBagOfWords = "Bag of words";

/// Table 2: the macro average over the classes, a row an encoder, a column an extraction. "None" where there is no run.
/// Intervals resample the reports of each class; the neighbours that a report has stay. Published values stand beside
/// encoders of the paper's names at its k, 10.
Table macro_table(const TextStudyResults& results, const Published& published, const BootstrapOptions& options);

/// Table 3: class by class and the macro average, for the bag of words and for each encoder's best extraction of Table 2, which a
/// note names.
Table class_table(const TextStudyResults& results, const Published& published, const BootstrapOptions& options);

} // namespace cxr
