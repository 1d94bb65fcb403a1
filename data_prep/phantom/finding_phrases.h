/// @file
/// What radiologists write in MIMIC-CXR's impressions about each of CheXpert's findings.
///
/// Every wording of a finding holds one of the phrases by which CheXpert's labeller (Irvin et al. 2019, its `phrases/mention`)
/// finds the label, or a common short form of one (PTX, ETT, fx), and none of another label's. Few single words are in most
/// wordings of a label, so that reports of one label are alike in meaning rather than in letters.
#pragma once

#include <vector>

#include "data_prep/phantom/findings.h"
#include "data_prep/phantom/pattern.h"

namespace cxr::phantom {

struct FindingPhrases {
  std::vector<Pattern> names;   ///< noun phrases without an article
  std::vector<Pattern> claims;  ///< sentences of this finding's own that state it
  std::vector<Pattern> doubts;  ///< sentences of this finding's own that leave it open
  std::vector<Pattern> remarks; ///< sentences that go with it and mention no label
};

/// @param kind not kNoFinding
const FindingPhrases& phrases_of(FindingKind kind);

/// Side, place, size and parts of a finding, by the names that the phrases use.
Fillers fillers_of(const Finding& finding);

} // namespace cxr::phantom
