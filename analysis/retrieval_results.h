/// @file
/// What the runs of `cxr retrieve` in a study found.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "analysis/study.h"

namespace cxr {

/// A merged run of `cxr retrieve`.
struct RetrievalResults {
  std::int64_t k = 0;
  std::string similarity; ///< "dot", "cosine" or "bag of words"
  std::string extraction; ///< of the embeddings; empty where the run does not say
  std::vector<std::string> ids;
  std::vector<std::int8_t> classes; ///< of each report, by its number in kCheXpertLabels
  std::vector<double> scores;       ///< of each report, the share of its neighbours in its class
  double macro = 0;                 ///< of the scores, over the classes
};

/// @throws InputError if it is none, or not merged
RetrievalResults read_retrieval(const std::filesystem::path& run);

struct EncoderResults {
  std::string name;
  std::array<std::optional<RetrievalResults>, kExtractions.size()> by_extraction;

  /// The extraction with the largest macro average, the first of equals: the one that Table 3 and the figures go on with.
  std::size_t best() const;
};

struct TextStudyResults {
  std::vector<EncoderResults> encoders;
  std::optional<RetrievalResults> bag_of_words;

  /// Any run: what they have in common.
  const RetrievalResults& any() const;
};

/// All runs of a study's encoders and its baseline. @throws InputError if there are none, or if two have other reports, classes or
/// k
TextStudyResults read_text_study(const Study& study);

} // namespace cxr
