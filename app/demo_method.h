/// @file
/// What the demo does with every method of Tables 4 and 5, adapted or not: images of the paper's prompts, and their measures.
#pragma once

#include <string>
#include <vector>

#include "app/demo_study.h"

namespace cxr {

/// A row of Tables 4 and 5.
struct DemoMethod {
  std::string key;                   ///< "unet-prior": what its runs and files are called by
  std::string name;                  ///< as Table 4 calls it
  std::vector<std::string> generate; ///< options of `cxr generate` that name what was adapted
  std::string subject = "lung xray"; ///< what prompts call a radiograph: a learned token, perhaps
  bool style = false;                ///< whether Table 4 has the style prompt of it
};

/// The sets that methods are measured against: real phantoms of each prompt, their Inception features, and the ten that models are
/// adapted on.
void prepare_method_data(const DemoSteps& steps);

/// [generation] of study.toml: the prompts.
std::string study_prompts();

/// Samples, classifies and measures. @return the method's section of study.toml
std::string study_method(const DemoSteps& steps, const DemoMethod& method);

} // namespace cxr
