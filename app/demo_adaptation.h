/// @file
/// The ways of the paper to adapt the model (sections 2.5 to 2.7), at the toy's scale: ten rows of Table 4.
#pragma once

#include <string>
#include <vector>

#include "app/demo_method.h"

namespace cxr {

/// Samples of a step of the inversion and U-Net trainings, hence the most ranks that a demo runs on.
inline constexpr int kDemoBatchSize = 4;

struct DemoAdaptation {
  DemoMethod method;
  std::string what;                  ///< headline of the training
  std::vector<std::string> training; ///< `cxr train …`; empty where nothing is trained
};

/// In Table 4's order. Prepares the prompts that projections are trained on.
std::vector<DemoAdaptation> adaptations(const DemoSteps& steps);

} // namespace cxr
