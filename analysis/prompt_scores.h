/// @file
/// How a classifier tells a method's images of the two prompts.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "analysis/generation_results.h"
#include "metrics/classification.h"

namespace cxr {

/// The scores of the negative prompt's images and, after them, of the positive one's, which are the positives.
struct PromptScores {
  ScoredLabels scored;
  std::vector<std::int8_t> strata; ///< 0 of the negative prompt, 1 of the positive: the study fixed how many images each has
};

/// None if the method was not classified, or the classifier lacks the finding. @param finding a label of analysis/findings.h
std::optional<PromptScores> prompt_scores(const MethodResults& method, const std::string& finding, ScoreKind kind);

} // namespace cxr
