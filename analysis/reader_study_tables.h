/// @file
/// What readers gave, beside what the paper's radiologist gave (Chambon et al. 2022, section 3.1: 4.51 ± 0.54 over 100 pairs), and
/// how far several readers agree.
#pragma once

#include <vector>

#include "analysis/compare_with_paper.h"
#include "analysis/reader_study_scores.h"
#include "analysis/table.h"

namespace cxr {

/// "reader_scores" (a row a reader, and their mean), "reader_counts" (how often each score was given), and for several readers
/// "reader_agreement" (a row a pair of readers, and the mean over the pairs). Intervals resample cases.
/// @param study which study, for the tables' titles  @param readers at least one
std::vector<Table> reader_study_tables(const std::string& study, const std::vector<ReaderScores>& readers,
                                       const Published& published, const BootstrapOptions& options);

} // namespace cxr
