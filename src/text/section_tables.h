/// @file
/// The tables of MIMIC-CXR's section parser: what headers mean, and the studies that need a hand.
/// Data of MIT-LCP/mimic-cxr, txt/section_parser.py (MIT licence).
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace cxr::section_tables {

/// A header in lower case and the section that it names.
struct HeaderName {
  std::string_view header, section;
};
std::span<const HeaderName> header_names();

/// A header that is in no table but holds one of these words names that section.
std::span<const std::string_view> main_sections();
/// … else, with one of these, the findings.
std::span<const std::string_view> view_words();

/// A study whose impression stands in the section `section`.
struct StudySection {
  std::int64_t study;
  std::string_view section;
};
std::span<const StudySection> study_sections();

/// A study whose impression is the report's bytes [begin, end).
struct StudyRange {
  std::int64_t study;
  std::size_t begin, end;
};
std::span<const StudyRange> study_ranges();

} // namespace cxr::section_tables
