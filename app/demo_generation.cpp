#include "app/demo_adaptation.h"
#include "app/demo_method.h"
#include "app/demo_study.h"

namespace cxr {

std::string study_generation(const DemoSteps& steps) {
  prepare_method_data(steps);
  auto study = study_prompts();
  study += study_method(steps, {.key = "original", .name = "Stable Diffusion", .generate = {}});
  for (const auto& adaptation : adaptations(steps)) {
    if (!adaptation.training.empty()) steps.run(adaptation.what, adaptation.training);
    study += study_method(steps, adaptation.method);
  }
  return study;
}

} // namespace cxr
