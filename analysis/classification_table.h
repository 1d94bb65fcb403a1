/// @file
/// Tables 1 and 6 of the paper: what a classifier trained on radiographs makes of originals and of reconstructions.
#pragma once

#include "analysis/arm_results.h"
#include "analysis/compare_with_paper.h"
#include "analysis/table.h"

namespace cxr {

/// One row for each of the 12 findings that the data sets and the classifier share, in the paper's order: prevalence; AUC,
/// accuracy and F1 score of originals and reconstructions; and the difference of the AUCs (reconstruction minus original,
/// paired). Uncertain findings count as present, missing ones as absent; a score of 0.5 or more predicts presence.
/// A finding that the classifier lacks, or an AUC of one class, has no value. The table is "table1" of MIMIC-CXR and phantoms,
/// "table6" of CheXpert, and ends in "_raw" for raw scores; only calibrated ones have published values.
Table classification_table(const Arm& arm, const ArmResults& results, const Published& published, ScoreKind scores,
                           const BootstrapOptions& options);

} // namespace cxr
