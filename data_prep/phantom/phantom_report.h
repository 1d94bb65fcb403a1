/// @file
/// The report that a radiologist might write about a phantom, in the layout of MIMIC-CXR's.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "core/rng.h"
#include "data_prep/phantom/findings.h"

namespace cxr::phantom {

struct Report {
  std::string report;                   ///< sections as MIMIC-CXR has them: text/impression.h finds the impression in it
  std::string impression;               ///< the impression's text alone
  std::array<std::int8_t, 14> labels{}; ///< what a labeller would find in the impression, in CheXpert's order
};

/// Draws which absent findings the report denies. It takes from a phantom's sequence a count of numbers that the findings alone
/// decide, so that no change of wording moves the picture, which is drawn from the same sequence afterwards.
std::vector<FindingKind> draw_denied(const std::vector<Finding>& findings, rng::Generator& random);

/// Words the findings, varied by the generator. Every finding is in the impression, asserted or hedged, and every one of `denied`
/// is excluded there.
/// @param denied none that `findings` holds
Report write_report(const std::vector<Finding>& findings, const std::vector<FindingKind>& denied, Airspace airspace,
                    rng::Generator& words);

} // namespace cxr::phantom
