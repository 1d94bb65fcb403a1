/// @file
/// Where the Unicode tables of the Rust tokenizers (0.23) differ from Unicode 15.
#pragma once

#include <span>
#include <string_view>

namespace cxr::unicode {

struct Range {
  char32_t first, last;
};

// Assigned since Unicode 15, in ascending order. scripts/make_unicode_tables.py writes these.
std::span<const Range> letters_since_15();
std::span<const Range> numbers_since_15();
std::span<const Range> word_marks_since_15(); ///< what `\w` takes besides letters and numbers

struct CasePair {
  char32_t upper, lower;
};
std::span<const CasePair> lower_case_since_15();

// Characters of Unicode 8 that have changed their category since.
inline constexpr std::u32string_view kFormerPunctuation = U"\u166d\U000111c9";
inline constexpr std::u32string_view kFormerMarks = U"\u1734";
inline constexpr std::u32string_view kFormerlyOtherThanMarks = U"\u1885\u1886\ua9bd\U000111c9";

} // namespace cxr::unicode
