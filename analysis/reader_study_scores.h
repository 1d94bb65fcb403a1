/// @file
/// What readers gave: the CSV files that the page of a reader study lets them download.
///
///     study,reader,case,score,seconds,comment,time
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "analysis/reader_study_key.h"

namespace cxr {

/// The categories of the paper's scale, 1 to 5.
inline constexpr int kLowestScore = 1, kHighestScore = 5;

struct ReaderScore {
  int score = 0; ///< 0: the reader gave none
  double seconds = 0;
  std::string comment, time; ///< as the file has them
};

struct ReaderScores {
  std::string reader;
  std::vector<ReaderScore> cases; ///< one a case of the key, in its order
};

/// @param allow_incomplete whether cases may be missing
/// @throws InputError (file:line, column, expected, found) for another study's file, two readers in one file, a case that is not
/// in the key or there twice, a score that is none, and missing cases
ReaderScores read_reader_scores(const std::filesystem::path& file, const ReaderStudyKey& key, bool allow_incomplete);

/// All scores with what the key says of their cases: study,reader,case,id,left,score,seconds,comment,time.
std::string unblinded_csv(const ReaderStudyKey& key, const std::vector<ReaderScores>& readers);

} // namespace cxr
