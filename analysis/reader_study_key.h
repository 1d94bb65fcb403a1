/// @file
/// The key of a reader study: which sample each case shows. It stays with the study's owner; the reader gets the page alone.
///
///     study,case,id,left
///     3f2a9c0d1e4b5a67,1,s50414267,original
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace cxr {

/// One pair of original and reconstruction.
struct ReaderCase {
  std::string id;               ///< of the sample
  bool original_is_left = true; ///< always, unless the study hides the sides
};

struct ReaderStudyKey {
  std::string study;             ///< what tells this study from others: 16 hexadecimal digits
  std::vector<ReaderCase> cases; ///< in the order shown; the first is case 1
};

std::string key_csv(const ReaderStudyKey& key);

/// @throws InputError (file:line, column, expected, found) unless the file is whole: one study, each case once
ReaderStudyKey read_reader_study_key(const std::filesystem::path& file);

/// "original" or "reconstruction": what is on the left.
std::string left_side(const ReaderCase& pair);

} // namespace cxr
