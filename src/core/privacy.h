/// @file
/// Credentialed data: what must not leave a study's folder. On where the environment has CXR_PRIVATE=1, which `cxr study` sets for
/// the steps of a private study.
#pragma once

#include <string>
#include <string_view>

namespace cxr::privacy {

/// Whether lines for people leave identifiers out.
bool is_on();
/// From now on; files and folders that are made are nobody else's, 0600 and 0700.
void turn_on();
/// Turns it on if the environment says so. Call once, first.
void start();

/// `text` without what may tell who a radiograph is of: MIMIC-CXR's numbers (p10000032, s50414267, 10000032), its DICOM names,
/// CheXpert's patients, and the names of pictures, DICOM and text files with their folders. Each is replaced by […].
std::string redacted(std::string_view text);

/// redacted() if it is on, else the text as it is.
std::string shown(std::string_view text);

/// For texts of data sets themselves (a report, a caption): the text, or […] if it is on.
std::string shown_text(std::string_view text);

} // namespace cxr::privacy
