/// @file
/// What a run of `cxr classify` found.
#pragma once

#include <torch/types.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "data/image_set.h"
#include "data/origin.h"

namespace cxr {

enum class ScoreKind {
  kCalibrated, ///< after operating-point normalisation: what the published accuracies look like
  kRaw         ///< after the sigmoid alone
};

/// A score of this or more predicts that a finding is there.
inline constexpr double kScoreThreshold = 0.5;

/// The threshold in words, for notes.
std::string threshold_note(ScoreKind kind);

/// A merged run of `cxr classify`.
struct ClassifierScores {
  std::vector<std::string> names; ///< the classifier's pathologies
  at::Tensor raw, calibrated;     ///< float32 [N,C], 0 to 1; calibrated is after operating-point normalisation
  at::Tensor features;            ///< float32 [N,D]
  Origin origin;                  ///< the classifier's weights, how images became its input

  /// The column of a pathology, if the classifier has it.
  std::optional<std::vector<float>> column(ScoreKind kind, const std::string& name) const;
};

/// @param images that were classified  @param ids of their samples  @param whose ids they are, for messages: "the image set"
/// @throws InputError if the run is not merged, scored other images, holds other samples, or lacks a dataset
ClassifierScores read_classifier_scores(const std::filesystem::path& run, const ImageSet& images,
                                        const std::vector<std::string>& ids, const std::string& whose);

} // namespace cxr
