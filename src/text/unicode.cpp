#include "text/unicode.h"

#include <limits>

#include <unicode/bytestream.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/uniset.h>

#include "core/error.h"
#include "text/unicode_tables.h"
#include "text/utf8.h"

namespace cxr::unicode {
namespace {

// Assigned in Unicode `major`.0 or before.
bool is_as_old_as(char32_t c, int major) {
  UVersionInfo age;
  u_charAge(static_cast<UChar32>(c), age);
  return age[0] != 0 && (age[0] < major || (age[0] == major && age[1] == 0));
}

bool has_category(char32_t c, std::uint32_t mask) { return (U_GET_GC_MASK(static_cast<UChar32>(c)) & mask) != 0; }

bool holds(std::span<const Range> ranges, char32_t c) {
  const auto after = std::ranges::upper_bound(ranges, c, {}, &Range::first);
  return after != ranges.begin() && c <= std::prev(after)->last;
}

bool is_in(std::u32string_view characters, char32_t c) { return characters.find(c) != characters.npos; }

bool is_ascii_punctuation(char32_t c) {
  return (c > ' ' && c < '0') || (c > '9' && c < 'A') || (c > 'Z' && c < 'a') || (c > 'z' && c < 0x7f);
}

void check(UErrorCode code, const char* action) { expects(U_SUCCESS(code) != 0, "ICU: {}: {}", action, u_errorName(code)); }

// Characters that Unicode 9 does not know stay as they are.
class Normalizer {
 public:
  explicit Normalizer(const icu::Normalizer2* (*instance)(UErrorCode&))
      : known_(known_characters()), filtered_(get(instance), known_) {}

  std::string operator()(std::string_view text) const {
    expects(text.size() <= std::numeric_limits<std::int32_t>::max(), "normalise: a text of {} bytes", text.size());
    std::string result;
    icu::StringByteSink<std::string> sink(&result, static_cast<std::int32_t>(text.size()));
    UErrorCode code = U_ZERO_ERROR;
    filtered_.normalizeUTF8(0, {text.data(), static_cast<std::int32_t>(text.size())}, sink, nullptr, code);
    check(code, "normalise");
    return result;
  }

 private:
  static icu::UnicodeSet known_characters() {
    UErrorCode code = U_ZERO_ERROR;
    icu::UnicodeSet set(UnicodeString("[:Age=9.0:]", -1, US_INV), code);
    check(code, "[:Age=9.0:]");
    set.freeze();
    return set;
  }
  static const icu::Normalizer2& get(const icu::Normalizer2* (*instance)(UErrorCode&)) {
    UErrorCode code = U_ZERO_ERROR;
    const auto* normalizer = instance(code);
    check(code, "normaliser");
    return *normalizer;
  }
  using UnicodeString = icu::UnicodeString;

  icu::UnicodeSet known_;
  icu::FilteredNormalizer2 filtered_;
};

} // namespace

bool is_space(char32_t c) { return u_hasBinaryProperty(static_cast<UChar32>(c), UCHAR_WHITE_SPACE) != 0; }

bool is_letter(char32_t c) { return (has_category(c, U_GC_L_MASK) && is_as_old_as(c, 15)) || holds(letters_since_15(), c); }

bool is_number(char32_t c) { return (has_category(c, U_GC_N_MASK) && is_as_old_as(c, 15)) || holds(numbers_since_15(), c); }

bool is_word_character(char32_t c) {
  constexpr auto kMask = U_GC_M_MASK | U_GC_ND_MASK | U_GC_PC_MASK;
  const bool is_word = has_category(c, kMask) || u_hasBinaryProperty(static_cast<UChar32>(c), UCHAR_ALPHABETIC) ||
                       u_hasBinaryProperty(static_cast<UChar32>(c), UCHAR_JOIN_CONTROL);
  return (is_word && is_as_old_as(c, 15)) || holds(letters_since_15(), c) || holds(numbers_since_15(), c) ||
         holds(word_marks_since_15(), c);
}

bool is_punctuation(char32_t c) {
  if (c < 0x80) return is_ascii_punctuation(c);
  return (has_category(c, U_GC_P_MASK) && is_as_old_as(c, 8)) || is_in(kFormerPunctuation, c);
}

bool is_nonspacing_mark(char32_t c) {
  if (c < 0x80) return false;
  return (has_category(c, U_GC_MN_MASK) && is_as_old_as(c, 8) && !is_in(kFormerlyOtherThanMarks, c)) || is_in(kFormerMarks, c);
}

bool is_other(char32_t c) { return has_category(c, U_GC_CC_MASK | U_GC_CF_MASK | U_GC_CO_MASK) && is_as_old_as(c, 8); }

void append_lower(std::string& text, char32_t c) {
  if (c == U'\u0130') {
    text += "i\u0307"; // the one character whose lower case is two
    return;
  }
  const auto pair = std::ranges::lower_bound(lower_case_since_15(), c, {}, &CasePair::upper);
  const bool is_listed = pair != lower_case_since_15().end() && pair->upper == c;
  utf8::append(text, is_listed ? pair->lower : is_as_old_as(c, 15) ? static_cast<char32_t>(u_tolower(static_cast<UChar32>(c))) : c);
}

std::string nfc(std::string_view text) {
  static const Normalizer normalizer(icu::Normalizer2::getNFCInstance);
  return normalizer(text);
}

std::string nfd(std::string_view text) {
  static const Normalizer normalizer(icu::Normalizer2::getNFDInstance);
  return normalizer(text);
}

} // namespace cxr::unicode
