/// @file
/// The findings that CheXpert, MIMIC-CXR and torchxrayvision's classifiers share, in the order of the paper's Table 1.
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

namespace cxr {

struct Finding {
  std::string_view label;     ///< of CheXpert and MIMIC-CXR
  std::string_view pathology; ///< what torchxrayvision calls it
};

inline constexpr std::array<Finding, 12> kFindings = {{{"Atelectasis", "Atelectasis"},
                                                       {"Cardiomegaly", "Cardiomegaly"},
                                                       {"Consolidation", "Consolidation"},
                                                       {"Edema", "Edema"},
                                                       {"Enlarged Cardiomediastinum", "Enlarged Cardiomediastinum"},
                                                       {"Fracture", "Fracture"},
                                                       {"Lung Lesion", "Lung Lesion"},
                                                       {"Lung Opacity", "Lung Opacity"},
                                                       {"Pleural Effusion", "Effusion"},
                                                       {"Pleural Other", "Pleural_Thickening"},
                                                       {"Pneumonia", "Pneumonia"},
                                                       {"Pneumothorax", "Pneumothorax"}}};

/// The finding of that label, nullptr if it is none of them.
inline const Finding* find_finding(std::string_view label) {
  const auto* found = std::find_if(kFindings.begin(), kFindings.end(), [&](const Finding& x) { return x.label == label; });
  return found == kFindings.end() ? nullptr : found;
}

} // namespace cxr
