/// @file
/// What was measured of the images that a study's methods generated, prompt by prompt.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "analysis/classifier_scores.h"
#include "analysis/diversity_result.h"
#include "analysis/fid_result.h"
#include "analysis/study.h"

namespace cxr {

/// A method's images of one prompt.
struct PromptResults {
  std::vector<std::int64_t> samples;            ///< numbers in the run, ascending; none only of the style prompt
  std::optional<FidResult> inception, densenet; ///< of which features the distances are
  std::optional<DiversityResult> diversity;
};

struct MethodResults {
  std::string name;
  Generation asked; ///< the study's, with this method's own words
  std::filesystem::path generate;
  std::vector<PromptResults> prompts;     ///< in the order of Generation::prompts
  std::optional<ClassifierScores> scores; ///< of all samples of the run
};

struct GenerationResults {
  Generation generation;
  std::vector<MethodResults> methods;

  /// Whether the paper's numbers are of the same finding.
  bool compares_with_paper() const { return generation.finding == "Pleural Effusion"; }
  /// Whether random weights stood in for Inception's anywhere, which notes must say.
  bool has_random_inception() const;
  /// What every table says below it: the study's own note, and who was asked in other words than the study's.
  std::vector<std::string> notes() const;
  /// The counts of Inception's features that any method has distances of, ascending. Table 4 is of the last.
  std::vector<std::int64_t> inception_taps() const;
};

/// All methods of a study.
/// @throws InputError if a run is not merged, has no /prompts or lacks the negative or the positive one, if a run of cxr classify
/// is
///   of other images, or if a JSON file is of no prompt of the study or of one that another file is of
GenerationResults read_generation(const Study& study);

} // namespace cxr
