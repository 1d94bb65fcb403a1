/// @file
/// What `cxr retrieve` compares: reports by their embeddings, or by their words.
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "data/text_set.h"
#include "metrics/retrieval.h"

namespace cxr {

/// The reports of a set in groups of equals, and how similar the groups are.
struct RetrievalItems {
  EqualItems items;
  SimilarityOfGroups similarity;
  std::string identity;                          ///< a digest of the embeddings; empty of words, which are the set's
  std::map<std::string, std::string> attributes; ///< what the results say of it: similarity, encoder, extraction
};

/// Products of embeddings, in float32.
/// @param run a run of `cxr embed` over `reports`, or its results.h5: `/embeddings` [N,D] and `/ids`
/// @param cosine each embedding is divided by its length first; one of length 0 is similar to nothing
/// @param device where they are multiplied
/// @throws InputError if it is none, holds other texts than `reports`, or numbers that are not finite
RetrievalItems embedding_items(const std::filesystem::path& run, const TextSet& reports, bool cosine, at::Device device);

/// The bag-of-words baseline: intersection over union of the reports' words (text/bag_of_words.h).
RetrievalItems word_items(const TextSet& reports);

} // namespace cxr
