/// @file
/// Tables 4 and 5 of the paper, and what it says it lacked: measures of the images that each method generated.
#pragma once

#include <vector>

#include "analysis/compare_with_paper.h"
#include "analysis/generation_results.h"
#include "analysis/table.h"

namespace cxr {

/// Table 4, "table4": the Fréchet inception distance by method and prompt, at 2048 features or, where no file has those, the most
/// that there are; and "table4_taps", the distances at the other feature counts. Published values and, of two methods or more that
/// the paper has too, ranks stand beside the former's: the paper's distances are of an unknown scale, so that orders compare and
/// values don't. A method without distances has no row; without any there are no tables. Intervals are those of `cxr fid`.
std::vector<Table> generated_fid_tables(const GenerationResults& results, const Published& published,
                                        NoteDetail detail = NoteDetail::kAll);

/// Table 5, "table5", and "table5_raw": how the classifier tells images of the positive prompt from those of the negative one, by
/// the finding that the positive prompt names. Intervals resample the images of each prompt. Published values stand beside
/// calibrated scores only. A method without a run of `cxr classify` has no row; without any there are no tables.
std::vector<Table> generated_classifier_tables(const GenerationResults& results, const Published& published,
                                               const BootstrapOptions& options);

/// A table a prompt, "measures_negative" and so on: kernel distance, precision and recall of Inception's features at the count that
/// Table 4 has, the Fréchet distance of a DenseNet's, the similarity of pairs, and the distance to the nearest training image. What
/// no method has makes no column; what no prompt has, no table.
std::vector<Table> generated_measures_tables(const GenerationResults& results, NoteDetail detail = NoteDetail::kAll);

} // namespace cxr
