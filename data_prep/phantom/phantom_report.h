/// @file
/// The report that a radiologist might write about a phantom.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "core/rng.h"
#include "data_prep/phantom/findings.h"

namespace cxr::phantom {

struct Report {
  std::string report;                   ///< "FINDINGS: …" and "IMPRESSION: …", a blank line between
  std::string impression;               ///< the impression's text alone
  std::array<std::int8_t, 14> labels{}; ///< what a labeller would find in the impression, in CheXpert's order
};

/// Words the findings, varied by the generator. Every finding is in the impression, asserted or hedged; some that are absent are
/// denied there.
Report write_report(const std::vector<Finding>& findings, rng::Generator& random);

} // namespace cxr::phantom
