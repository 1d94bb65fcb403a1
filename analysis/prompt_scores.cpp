#include "analysis/prompt_scores.h"

#include "analysis/findings.h"

namespace cxr {

std::optional<PromptScores> prompt_scores(const MethodResults& method, const std::string& finding, ScoreKind kind) {
  if (!method.scores) return std::nullopt;
  const auto column = method.scores->column(kind, std::string(find_finding(finding)->pathology));
  if (!column) return std::nullopt;
  std::vector<std::uint8_t> present;
  std::vector<float> scores;
  for (const auto p : {kNegativePrompt, kPositivePrompt}) {
    for (const auto sample : method.prompts[p].samples) {
      present.push_back(p == kPositivePrompt);
      scores.push_back((*column)[static_cast<std::size_t>(sample)]);
    }
  }
  return PromptScores{ScoredLabels(present, scores, kScoreThreshold), {present.begin(), present.end()}};
}

} // namespace cxr
