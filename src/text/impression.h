/// @file
/// What stands for the impression of a MIMIC-CXR report, as the data set's authors extract it.
/// Reference: MIT-LCP/mimic-cxr, txt/section_parser.py and txt/create_section_files.py; parity with both is tested.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cxr {

enum class SectionsRule {
  kMimic, ///< the reference to the letter, the header `NDICATION` read as an impression included
  kFixed, ///< `NDICATION` is the indication that it abbreviates (MIT-LCP/mimic-code issue 1982)
};

struct Section {
  std::string name; ///< "impression", "findings", …, "preamble" before the first header, "full report" where there is none
  std::string text; ///< as it stands, blanks included
  bool operator==(const Section&) const = default;
};

/// Splits a report at its headers (a line of one blank, capitals and a colon), in the report's order. Empty impressions and
/// findings are dropped; where neither is left, what follows the last section's first paragraph becomes the section
/// "last_paragraph".
/// @param report ASCII, as MIMIC-CXR's reports are; CRLF line ends are read as LF
std::vector<Section> parse_sections(std::string_view report, SectionsRule rule = SectionsRule::kMimic);

/// The last section named impression, else findings, else last_paragraph, else comparison, without the blanks around it; empty if
/// the report has none of them. 54 studies whose headers mislead have entries of their own (text/section_tables.h).
/// @param study_id "50414267" or "s50414267"
std::string impression_of(std::string_view report, std::string_view study_id, SectionsRule rule = SectionsRule::kMimic);

} // namespace cxr
